-- Fields that a firm adds to kinds of record, and what records hold in them.

CREATE TABLE custom_field (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  label TEXT NOT NULL,
  label_de TEXT NOT NULL,
  help TEXT NOT NULL,
  type TEXT NOT NULL,
  decimals INTEGER,
  currency TEXT,
  choices TEXT NOT NULL,
  required INTEGER NOT NULL,
  purpose TEXT,
  position INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  retired_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX custom_field_by_key ON custom_field (kind, key);

-- A value stands as text, and as what lists sort and filter by: a folded text or a whole number.
CREATE TABLE custom_value (
  record_id TEXT NOT NULL,
  field_id TEXT NOT NULL REFERENCES custom_field (id),
  text_value TEXT NOT NULL,
  sort_text TEXT,
  folded_text TEXT,
  number_value INTEGER,
  PRIMARY KEY (record_id, field_id)
) STRICT;
CREATE INDEX custom_value_by_text ON custom_value (field_id, sort_text, record_id) WHERE sort_text IS NOT NULL;
CREATE INDEX custom_value_by_number ON custom_value (field_id, number_value, record_id) WHERE number_value IS NOT NULL;
CREATE INDEX custom_value_by_field ON custom_value (field_id, record_id);

-- The same of fields that only some may read. An emptied value stays with its version, which only counts up.
CREATE TABLE custom_value_cost (
  record_id TEXT NOT NULL,
  field_id TEXT NOT NULL REFERENCES custom_field (id),
  text_value TEXT,
  sort_text TEXT,
  folded_text TEXT,
  number_value INTEGER,
  version INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  PRIMARY KEY (record_id, field_id)
) STRICT;
CREATE INDEX custom_value_cost_by_text ON custom_value_cost (field_id, sort_text, record_id) WHERE sort_text IS NOT NULL;
CREATE INDEX custom_value_cost_by_number ON custom_value_cost (field_id, number_value, record_id) WHERE number_value IS NOT NULL;
CREATE INDEX custom_value_cost_by_field ON custom_value_cost (field_id, record_id);
