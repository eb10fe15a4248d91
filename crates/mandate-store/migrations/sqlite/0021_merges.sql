-- Merged duplicates: which record stands for which, what went over to it, and which pairs are no duplicates.

CREATE TABLE record_merge (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  kept_id TEXT NOT NULL,
  dropped_id TEXT NOT NULL,
  kept_version INTEGER NOT NULL,
  dropped_version INTEGER NOT NULL,
  before TEXT NOT NULL,
  merged_by TEXT,
  merged_by_name TEXT NOT NULL,
  merged_at_us INTEGER NOT NULL,
  undone_at_us INTEGER
) STRICT;
CREATE INDEX record_merge_by_kind ON record_merge (kind, merged_at_us);

-- Each row that went over, by its key without the column that moved: what an undo puts back.
CREATE TABLE record_merge_row (
  merge_id TEXT NOT NULL REFERENCES record_merge (id),
  position INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  PRIMARY KEY (merge_id, position)
) STRICT;

-- For whom a merged record's id and the firm's own id for it stand now.
CREATE TABLE record_alias (
  kind TEXT NOT NULL,
  old_id TEXT NOT NULL,
  external_id TEXT,
  record_id TEXT NOT NULL,
  PRIMARY KEY (kind, old_id)
) STRICT;
CREATE INDEX record_alias_by_external ON record_alias (kind, external_id);
CREATE INDEX record_alias_by_record ON record_alias (kind, record_id);

-- Pairs of which somebody said that they are two; the lesser id first.
CREATE TABLE not_duplicate (
  kind TEXT NOT NULL,
  first_id TEXT NOT NULL,
  second_id TEXT NOT NULL,
  said_by TEXT,
  said_at_us INTEGER NOT NULL,
  PRIMARY KEY (kind, first_id, second_id)
) STRICT;

-- What likely duplicates have in common, compared as text: an index is read, no two records are.
CREATE INDEX person_by_email_key ON person (lower(email), id) WHERE deleted_at_us IS NULL AND email <> '';
CREATE INDEX person_by_phone_key ON person (replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), id) WHERE deleted_at_us IS NULL AND phone <> '';
CREATE INDEX person_by_domain ON person (ltrim(lower(email), 'abcdefghijklmnopqrstuvwxyz0123456789._+-'), account_id) WHERE deleted_at_us IS NULL AND email <> '' AND side = 'client';
