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
