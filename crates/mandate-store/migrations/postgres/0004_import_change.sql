-- What an import of the book did to each record, so that it can be undone: how the record was before, and the version
-- that the import left it in. A record that the import made has no before.
CREATE TABLE import_change (
  batch_id TEXT COLLATE "C" NOT NULL REFERENCES import_batch (id),
  position BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  before TEXT COLLATE "C",
  PRIMARY KEY (batch_id, position)
);
