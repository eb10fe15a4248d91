-- A custom field may name a person or an account: the record it leads to, so that merging leads on and who may not see it is told nothing.
ALTER TABLE custom_value ADD COLUMN
  target_id TEXT COLLATE "C";
ALTER TABLE custom_value_cost ADD COLUMN
  target_id TEXT COLLATE "C";
CREATE INDEX custom_value_by_target ON custom_value (target_id, field_id, record_id) WHERE target_id IS NOT NULL;
CREATE INDEX custom_value_cost_by_target ON custom_value_cost (target_id, field_id, record_id) WHERE target_id IS NOT NULL;
