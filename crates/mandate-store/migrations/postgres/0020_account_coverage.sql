-- How each account is covered, kept so that a list of all of them reads no people and no talks: computed anew with every write that
-- touches it, and once a day, because threads fade without anybody writing anything.
CREATE TABLE account_coverage (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES account (id),
  computed_on TEXT COLLATE "C" NOT NULL,
  n_people BIGINT NOT NULL,
  n_known BIGINT NOT NULL,
  known_bp BIGINT,
  stake_bp BIGINT,
  n_single BIGINT NOT NULL,
  n_unknown BIGINT NOT NULL,
  n_without_stake BIGINT NOT NULL,
  n_lost BIGINT NOT NULL,
  last_contact_on TEXT COLLATE "C",
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX account_coverage_by_stake ON account_coverage (stake_bp, account_id);
CREATE INDEX account_coverage_by_single ON account_coverage (n_single, account_id);
CREATE INDEX account_coverage_by_contact ON account_coverage (last_contact_on, account_id);
CREATE INDEX account_coverage_by_day ON account_coverage (computed_on);
