-- Audit checkpoints: the hash of a record, signed, so that a chain that was cut off or made anew shows.
-- Neither they nor audit records may be changed or removed: db/dialect.rs has the triggers, which differ by database.
CREATE TABLE audit_checkpoint (
  seq BIGINT NOT NULL PRIMARY KEY,
  hash TEXT COLLATE "C" NOT NULL,
  at_us BIGINT NOT NULL,
  chain TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_record_by_hash ON audit_record (hash);
