-- How each account is covered, kept so that a list of all of them reads no people and no talks: computed anew with every write that
-- touches it, and once a day, because threads fade without anybody writing anything.
CREATE TABLE account_coverage (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
  computed_on TEXT NOT NULL,
  n_people INTEGER NOT NULL,
  n_known INTEGER NOT NULL,
  known_bp INTEGER,
  stake_bp INTEGER,
  n_single INTEGER NOT NULL,
  n_unknown INTEGER NOT NULL,
  n_without_stake INTEGER NOT NULL,
  n_lost INTEGER NOT NULL,
  last_contact_on TEXT,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX account_coverage_by_stake ON account_coverage (stake_bp, account_id);
CREATE INDEX account_coverage_by_single ON account_coverage (n_single, account_id);
CREATE INDEX account_coverage_by_contact ON account_coverage (last_contact_on, account_id);
CREATE INDEX account_coverage_by_day ON account_coverage (computed_on);
