-- What a contract line costs us stands apart, with its own version and times: a changed cost leaves no trace on its line,
-- which many read. The version counts changes since the line was made; a row stays when its cost is taken away.
CREATE TABLE contract_line_cost (
  contract_line_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES contract_line (id),
  unit_cost_minor BIGINT,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
INSERT INTO contract_line_cost (contract_line_id, unit_cost_minor, version, created_at_us, updated_at_us)
SELECT id, unit_cost_minor, 0, created_at_us, updated_at_us FROM contract_line WHERE unit_cost_minor IS NOT NULL;
ALTER TABLE contract_line DROP COLUMN unit_cost_minor;
