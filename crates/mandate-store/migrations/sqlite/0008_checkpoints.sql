-- Audit checkpoints: the hash of a record, signed, so that a chain that was cut off or made anew shows.
-- Neither they nor audit records may be changed or removed: db/dialect.rs has the triggers, which differ by database.
CREATE TABLE audit_checkpoint (
  seq INTEGER NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  chain TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;
CREATE INDEX audit_record_by_hash ON audit_record (hash);
