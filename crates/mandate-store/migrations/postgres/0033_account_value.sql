-- What an account is worth a year, period by period (mandate_domain::book::worth_by_day), kept so that a list of all of them reads no
-- contract: written with every write of an account, a contract or its lines. One row holds for any day, so that a contract begins and
-- ends on its day without anybody writing.
CREATE TABLE account_value (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  starts_on TEXT COLLATE "C" NOT NULL,
  ends_on TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  value_minor BIGINT,
  from_contracts BIGINT NOT NULL,
  n_elsewhere BIGINT NOT NULL,
  PRIMARY KEY (account_id, starts_on)
);
CREATE INDEX account_value_by_value ON account_value (value_minor, account_id, starts_on, ends_on);
-- The sums above the list of accounts are one walk of this.
CREATE INDEX account_value_in_short ON account_value (currency, starts_on, ends_on, value_minor, from_contracts, n_elsewhere, account_id);
DROP INDEX account_by_value;
DROP INDEX account_in_short;
CREATE INDEX account_in_short ON account (currency, demo, tier, industry, time_zone, origin, account_manager_id, negotiator_id, parent_id, name_sort, updated_at_us, external_id, id) WHERE deleted_at_us IS NULL;
