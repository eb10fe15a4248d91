-- What lists of a hundred thousand accounts and a million people are sorted by; our own people are few beside the clients'.
CREATE INDEX account_by_value ON account (annual_value_minor, id);
-- What accounts are filtered by, and the sums above their list: a look at each of a hundred thousand is one walk of this.
CREATE INDEX account_in_short ON account (currency, annual_value_minor, demo, tier, industry, time_zone, origin, account_manager_id, negotiator_id, parent_id, name_sort, updated_at_us, external_id, id) WHERE deleted_at_us IS NULL;
CREATE INDEX person_by_role ON person (lower(role), id);
CREATE INDEX person_by_change ON person (updated_at_us, id);
CREATE INDEX person_of_ours ON person (name_sort, id) WHERE side = 'provider';
CREATE INDEX person_by_team ON person (team_id, id) WHERE team_id IS NOT NULL;
