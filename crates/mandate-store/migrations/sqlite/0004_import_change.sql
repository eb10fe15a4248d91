-- What an import of the book did to each record, so that it can be undone: how the record was before, and the version
-- that the import left it in. A record that the import made has no before.
CREATE TABLE import_change (
  batch_id TEXT NOT NULL REFERENCES import_batch (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  before TEXT,
  PRIMARY KEY (batch_id, position)
) STRICT;
