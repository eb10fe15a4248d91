-- Where an account is. With it in the index that sums and counts are read from, so that a filter by country reads the index alone, too.
ALTER TABLE account ADD COLUMN
  country TEXT NOT NULL DEFAULT '';
DROP INDEX account_in_short;
CREATE INDEX account_in_short ON account (currency, annual_value_minor, contracts_minor, contracts_elsewhere, demo, deleted_at_us, tier, industry, country, time_zone, origin, account_manager_id, negotiator_id, parent_id, name_sort, updated_at_us, external_id, id) WHERE deleted_at_us IS NULL;
