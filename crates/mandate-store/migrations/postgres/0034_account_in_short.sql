-- The same with `deleted_at_us` in it: SQLite then reads the index alone, where it looked up the place of each row in the table before.
DROP INDEX account_in_short;
CREATE INDEX account_in_short ON account (currency, annual_value_minor, contracts_minor, contracts_elsewhere, demo, deleted_at_us, tier, industry, time_zone, origin, account_manager_id, negotiator_id, parent_id, name_sort, updated_at_us, external_id, id) WHERE deleted_at_us IS NULL;
