-- What lists of a hundred thousand accounts and a million people are sorted by; our own people are few beside the clients'.
CREATE INDEX account_by_value ON account (annual_value_minor, id);
-- The sums above the list of accounts.
CREATE INDEX account_sums ON account (currency, annual_value_minor, demo, id) WHERE deleted_at_us IS NULL;
CREATE INDEX person_by_role ON person (lower(role), id);
CREATE INDEX person_by_change ON person (updated_at_us, id);
CREATE INDEX person_of_ours ON person (name_sort, id) WHERE side = 'provider';
CREATE INDEX person_by_team ON person (team_id, id) WHERE team_id IS NOT NULL;
