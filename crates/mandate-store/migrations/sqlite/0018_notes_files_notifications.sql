-- Notes on records of the book, in the open: whoever may read the record reads its notes.
CREATE TABLE note (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  text TEXT NOT NULL,
  author_id TEXT,
  author_name TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX note_by_record ON note (kind, record_id, created_at_us);
-- Whom a note mentions, so that an edit tells only those who are new.
CREATE TABLE note_mention (
  note_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (note_id, user_id)
) STRICT;
-- What somebody was told of. No name of a record stands here: it is read when they look, as far as they may see it then.
CREATE TABLE notification (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  account_id TEXT,
  detail TEXT NOT NULL,
  by_name TEXT NOT NULL,
  told_key TEXT UNIQUE,
  mail TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  read_at_us INTEGER
) STRICT;
CREATE INDEX notification_by_user ON notification (user_id, read_at_us, created_at_us);
CREATE INDEX notification_by_mail ON notification (mail, user_id);
-- How a person wants to be told of a topic; without a row as usual.
CREATE TABLE notification_choice (
  user_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  way TEXT NOT NULL,
  PRIMARY KEY (user_id, topic)
) STRICT;
-- When a person's digest goes and when no mail goes, in hours of their own zone; the day whose digest is done.
CREATE TABLE notification_time (
  user_id TEXT NOT NULL PRIMARY KEY,
  digest_hour INTEGER NOT NULL,
  quiet_from INTEGER,
  quiet_until INTEGER,
  digested_on TEXT
) STRICT;
-- Files on records of the book. A row stays when the file is removed: that it was there is known, its content is gone.
CREATE TABLE attachment (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_fold TEXT NOT NULL,
  file_version INTEGER NOT NULL,
  file_kind TEXT NOT NULL,
  n_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  author_id TEXT,
  author_name TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  removed_by TEXT,
  removed_at_us INTEGER
) STRICT;
CREATE INDEX attachment_by_record ON attachment (kind, record_id, created_at_us);
CREATE INDEX attachment_by_content ON attachment (sha256);
-- What is in files, by its hash: the same content is kept once. In pieces, as text, so that every copy of the database has them.
CREATE TABLE attachment_piece (
  sha256 TEXT NOT NULL,
  position INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (sha256, position)
) STRICT;
