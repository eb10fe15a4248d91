-- What a person may decide, whom they report to, when they left and who came after; what a contract says of renewal and notice.
ALTER TABLE person ADD COLUMN
  authority TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN
  reports_to_id TEXT;
ALTER TABLE person ADD COLUMN
  left_on TEXT;
ALTER TABLE person ADD COLUMN
  successor_id TEXT;
ALTER TABLE contract ADD COLUMN
  renewal TEXT;
ALTER TABLE contract ADD COLUMN
  renewal_months INTEGER;
ALTER TABLE contract ADD COLUMN
  renewal_clause TEXT NOT NULL DEFAULT '';
ALTER TABLE contract ADD COLUMN
  notice_clause TEXT NOT NULL DEFAULT '';
-- The last day on which notice counts, computed when a contract is saved; those of before are filled in after this.
ALTER TABLE contract ADD COLUMN
  notice_on TEXT;
CREATE INDEX contract_by_notice ON contract (notice_on, id);
CREATE INDEX contract_by_end ON contract (ends_on, id);
CREATE INDEX contract_by_price_change ON contract (price_change_on, id);
