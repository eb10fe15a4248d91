-- Fields that a firm adds to kinds of record, and what records hold in them.

CREATE TABLE custom_field (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  label_de TEXT COLLATE "C" NOT NULL,
  help TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  decimals BIGINT,
  currency TEXT COLLATE "C",
  choices TEXT COLLATE "C" NOT NULL,
  required BIGINT NOT NULL,
  purpose TEXT COLLATE "C",
  position BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  retired_at_us BIGINT
);
CREATE UNIQUE INDEX custom_field_by_key ON custom_field (kind, key);

-- A value stands as text, and as what lists sort and filter by: a folded text or a whole number.
CREATE TABLE custom_value (
  record_id TEXT COLLATE "C" NOT NULL,
  field_id TEXT COLLATE "C" NOT NULL REFERENCES custom_field (id),
  text_value TEXT COLLATE "C" NOT NULL,
  sort_text TEXT COLLATE "C",
  folded_text TEXT COLLATE "C",
  number_value BIGINT,
  PRIMARY KEY (record_id, field_id)
);
CREATE INDEX custom_value_by_text ON custom_value (field_id, sort_text, record_id) WHERE sort_text IS NOT NULL;
CREATE INDEX custom_value_by_number ON custom_value (field_id, number_value, record_id) WHERE number_value IS NOT NULL;
CREATE INDEX custom_value_by_field ON custom_value (field_id, record_id);

-- The same of fields that only some may read. An emptied value stays with its version, which only counts up.
CREATE TABLE custom_value_cost (
  record_id TEXT COLLATE "C" NOT NULL,
  field_id TEXT COLLATE "C" NOT NULL REFERENCES custom_field (id),
  text_value TEXT COLLATE "C",
  sort_text TEXT COLLATE "C",
  folded_text TEXT COLLATE "C",
  number_value BIGINT,
  version BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  PRIMARY KEY (record_id, field_id)
);
CREATE INDEX custom_value_cost_by_text ON custom_value_cost (field_id, sort_text, record_id) WHERE sort_text IS NOT NULL;
CREATE INDEX custom_value_cost_by_number ON custom_value_cost (field_id, number_value, record_id) WHERE number_value IS NOT NULL;
CREATE INDEX custom_value_cost_by_field ON custom_value_cost (field_id, record_id);
