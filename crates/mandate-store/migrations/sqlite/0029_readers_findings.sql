-- A webhook's secret that was replaced twice within a day: the one the receiver still knows goes on signing, too.
ALTER TABLE webhook_endpoint ADD COLUMN
  older_key TEXT;
ALTER TABLE webhook_endpoint ADD COLUMN
  older_secret TEXT;
ALTER TABLE webhook_endpoint ADD COLUMN
  older_until_us INTEGER;
-- Whether any record has ever held a value of a custom field: history names it then, also once nothing holds one.
ALTER TABLE custom_field ADD COLUMN
  used INTEGER NOT NULL DEFAULT 0;
UPDATE custom_field SET used = 1
 WHERE EXISTS (SELECT 1 FROM custom_value v WHERE v.field_id = custom_field.id)
    OR EXISTS (SELECT 1 FROM custom_value_cost k WHERE k.field_id = custom_field.id)
    OR EXISTS (SELECT 1 FROM audit_record a WHERE a.subject_kind = custom_field.kind
               AND a.at_us >= custom_field.created_at_us AND a.changes LIKE '%"custom.' || custom_field.key || '"%');
-- Who lies in the trash, counted without reading everybody.
CREATE INDEX person_in_trash ON person (id) WHERE deleted_at_us IS NOT NULL;
CREATE INDEX account_in_trash ON account (id) WHERE deleted_at_us IS NOT NULL;
-- A tag that was taken off by a renaming because the record had the other one: whether it was retired there.
ALTER TABLE tag_rename_row ADD COLUMN
  was_retired INTEGER NOT NULL DEFAULT 0;
