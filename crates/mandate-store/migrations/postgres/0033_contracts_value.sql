-- What the running contracts of an account come to in a year, kept beside what is stated, so that a list of all accounts reads no contract:
-- worked out with every write that touches it, and on the day after `contracts_until`, because contracts begin and end without anybody
-- writing. No `contracts_until`: it holds for good.
ALTER TABLE account ADD COLUMN
  contracts_minor BIGINT;
ALTER TABLE account ADD COLUMN
  contracts_elsewhere BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN
  contracts_until TEXT COLLATE "C";
-- Those from before are due at the first start.
UPDATE account SET contracts_until = '0001-01-01' WHERE id IN (SELECT account_id FROM contract);
CREATE INDEX account_by_contracts_until ON account (contracts_until) WHERE contracts_until IS NOT NULL;
DROP INDEX account_by_value;
CREATE INDEX account_by_value ON account (COALESCE(annual_value_minor, contracts_minor), id);
