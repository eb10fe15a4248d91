-- Tags on records of the book: free words, compared by their fold. A retired one stays where it is and is offered no more.
CREATE TABLE record_tag (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  fold TEXT NOT NULL,
  text TEXT NOT NULL,
  retired INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  UNIQUE (kind, record_id, fold)
) STRICT;
CREATE INDEX record_tag_by_fold ON record_tag (kind, fold, record_id);
-- A tag that was renamed, or merged into another: what an undo needs.
CREATE TABLE tag_rename (
  id TEXT NOT NULL PRIMARY KEY,
  from_fold TEXT NOT NULL,
  from_text TEXT NOT NULL,
  to_fold TEXT NOT NULL,
  to_text TEXT NOT NULL,
  renamed_by TEXT,
  renamed_at_us INTEGER NOT NULL,
  undone_at_us INTEGER
) STRICT;
-- Each record whose tag it was, the text it had, and whether it had the other already.
CREATE TABLE tag_rename_row (
  rename_id TEXT NOT NULL REFERENCES tag_rename (id),
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  text TEXT NOT NULL,
  had_both INTEGER NOT NULL,
  PRIMARY KEY (rename_id, kind, record_id)
) STRICT;
-- Changes of many records at once: what was chosen, what was foreseen, what came of each.
CREATE TABLE bulk_edit (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT,
  work TEXT NOT NULL,
  state TEXT NOT NULL,
  n_rows INTEGER NOT NULL,
  job_id TEXT,
  made_by TEXT,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX bulk_edit_by_age ON bulk_edit (updated_at_us);
CREATE TABLE bulk_edit_row (
  bulk_id TEXT NOT NULL REFERENCES bulk_edit (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  version INTEGER,
  state TEXT NOT NULL,
  reason TEXT,
  before TEXT,
  version_after INTEGER,
  PRIMARY KEY (bulk_id, position)
) STRICT;
CREATE INDEX bulk_edit_row_by_state ON bulk_edit_row (bulk_id, state, position);
