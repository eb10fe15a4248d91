-- Sources: where files of one kind come from again and again, and what came of each file. One may have
-- an address that is asked for its file.
CREATE TABLE import_source (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  folder TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  pause TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX import_source_by_name ON import_source (name, kind);
CREATE UNIQUE INDEX import_source_by_folder ON import_source (folder);
CREATE TABLE import_arrival (
  id TEXT NOT NULL PRIMARY KEY,
  source_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  n_bytes INTEGER NOT NULL,
  state TEXT NOT NULL,
  job_id TEXT NOT NULL,
  batch_id TEXT,
  read_as TEXT NOT NULL,
  report TEXT NOT NULL,
  came_at_us INTEGER NOT NULL,
  ended_at_us INTEGER
) STRICT;
CREATE INDEX import_arrival_by_source ON import_arrival (source_id, id);
CREATE INDEX import_arrival_by_state ON import_arrival (state, source_id);
CREATE TABLE import_fetch (
  source_id TEXT NOT NULL PRIMARY KEY,
  address TEXT NOT NULL,
  header_name TEXT NOT NULL,
  secret_key TEXT,
  secret TEXT,
  every TEXT NOT NULL,
  weekday INTEGER NOT NULL,
  at_time TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  etag TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  digest TEXT NOT NULL,
  next_at_us INTEGER NOT NULL,
  tried_at_us INTEGER,
  outcome TEXT NOT NULL,
  problem TEXT NOT NULL,
  failing_since_us INTEGER
) STRICT;
