-- Tags on records of the book: free words, compared by their fold. A retired one stays where it is and is offered no more.
CREATE TABLE record_tag (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  fold TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  retired BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  UNIQUE (kind, record_id, fold)
);
CREATE INDEX record_tag_by_fold ON record_tag (kind, fold, record_id);
-- A tag that was renamed, or merged into another: what an undo needs.
CREATE TABLE tag_rename (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  from_fold TEXT COLLATE "C" NOT NULL,
  from_text TEXT COLLATE "C" NOT NULL,
  to_fold TEXT COLLATE "C" NOT NULL,
  to_text TEXT COLLATE "C" NOT NULL,
  renamed_by TEXT COLLATE "C",
  renamed_at_us BIGINT NOT NULL,
  undone_at_us BIGINT
);
-- Each record whose tag it was, the text it had, and whether it had the other already.
CREATE TABLE tag_rename_row (
  rename_id TEXT COLLATE "C" NOT NULL REFERENCES tag_rename (id),
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  had_both BIGINT NOT NULL,
  PRIMARY KEY (rename_id, kind, record_id)
);
-- Changes of many records at once: what was chosen, what was foreseen, what came of each.
CREATE TABLE bulk_edit (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C",
  work TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  n_rows BIGINT NOT NULL,
  job_id TEXT COLLATE "C",
  made_by TEXT COLLATE "C",
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX bulk_edit_by_age ON bulk_edit (updated_at_us);
CREATE TABLE bulk_edit_row (
  bulk_id TEXT COLLATE "C" NOT NULL REFERENCES bulk_edit (id),
  position BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  version BIGINT,
  state TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C",
  before TEXT COLLATE "C",
  version_after BIGINT,
  PRIMARY KEY (bulk_id, position)
);
CREATE INDEX bulk_edit_row_by_state ON bulk_edit_row (bulk_id, state, position);
