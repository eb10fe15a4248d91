-- Handover from sales to delivery: whether delivery accepted a promise, who said so, when, and in which words.

ALTER TABLE promise ADD COLUMN handover TEXT;
ALTER TABLE promise ADD COLUMN handover_by_id TEXT;
ALTER TABLE promise ADD COLUMN handover_on TEXT;
ALTER TABLE promise ADD COLUMN handover_words TEXT NOT NULL DEFAULT '';
