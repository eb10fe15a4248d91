-- Handover from sales to delivery: whether delivery accepted a promise, who said so, when, and in which words.

ALTER TABLE promise ADD COLUMN handover TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN handover_by_id TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN handover_on TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN handover_words TEXT COLLATE "C" NOT NULL DEFAULT '';
