-- Sources: where files of one kind come from again and again, and what came of each file.
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
