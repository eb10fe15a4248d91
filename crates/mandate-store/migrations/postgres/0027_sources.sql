-- Sources: where files of one kind come from again and again, and what came of each file. One may have
-- an address that is asked for its file.
CREATE TABLE import_source (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  folder TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  pause TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX import_source_by_name ON import_source (name, kind);
CREATE UNIQUE INDEX import_source_by_folder ON import_source (folder);
CREATE TABLE import_arrival (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  source_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  file_name TEXT COLLATE "C" NOT NULL,
  n_bytes BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  job_id TEXT COLLATE "C" NOT NULL,
  batch_id TEXT COLLATE "C",
  read_as TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  came_at_us BIGINT NOT NULL,
  ended_at_us BIGINT
);
CREATE INDEX import_arrival_by_source ON import_arrival (source_id, id);
CREATE INDEX import_arrival_by_state ON import_arrival (state, source_id);
CREATE TABLE import_fetch (
  source_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  address TEXT COLLATE "C" NOT NULL,
  header_name TEXT COLLATE "C" NOT NULL,
  secret_key TEXT COLLATE "C",
  secret TEXT COLLATE "C",
  every TEXT COLLATE "C" NOT NULL,
  weekday BIGINT NOT NULL,
  at_time TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  etag TEXT COLLATE "C" NOT NULL,
  last_modified TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  next_at_us BIGINT NOT NULL,
  tried_at_us BIGINT,
  outcome TEXT COLLATE "C" NOT NULL,
  problem TEXT COLLATE "C" NOT NULL,
  failing_since_us BIGINT
);
