-- Notes on records of the book, in the open: whoever may read the record reads its notes.
CREATE TABLE note (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  author_id TEXT COLLATE "C",
  author_name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX note_by_record ON note (kind, record_id, created_at_us);
-- Whom a note mentions, so that an edit tells only those who are new.
CREATE TABLE note_mention (
  note_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (note_id, user_id)
);
-- What somebody was told of. No name of a record stands here: it is read when they look, as far as they may see it then.
CREATE TABLE notification (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  detail TEXT COLLATE "C" NOT NULL,
  by_name TEXT COLLATE "C" NOT NULL,
  told_key TEXT COLLATE "C" UNIQUE,
  mail TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  read_at_us BIGINT
);
CREATE INDEX notification_by_user ON notification (user_id, read_at_us, created_at_us);
CREATE INDEX notification_by_mail ON notification (mail, user_id);
-- How a person wants to be told of a topic; without a row as usual.
CREATE TABLE notification_choice (
  user_id TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  way TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, topic)
);
-- When a person's digest goes and when no mail goes, in hours of their own zone; the day whose digest is done.
CREATE TABLE notification_time (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  digest_hour BIGINT NOT NULL,
  quiet_from BIGINT,
  quiet_until BIGINT,
  digested_on TEXT COLLATE "C"
);
-- Files on records of the book. A row stays when the file is removed: that it was there is known, its content is gone.
CREATE TABLE attachment (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  name_fold TEXT COLLATE "C" NOT NULL,
  file_version BIGINT NOT NULL,
  file_kind TEXT COLLATE "C" NOT NULL,
  n_bytes BIGINT NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  author_id TEXT COLLATE "C",
  author_name TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  removed_by TEXT COLLATE "C",
  removed_at_us BIGINT
);
CREATE INDEX attachment_by_record ON attachment (kind, record_id, created_at_us);
CREATE INDEX attachment_by_content ON attachment (sha256);
-- What is in files, by its hash: the same content is kept once. In pieces, as text, so that every copy of the database has them.
CREATE TABLE attachment_piece (
  sha256 TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,
  data TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (sha256, position)
);
