-- Mail on its way out: written in the transaction of what it tells of, sent by a job. The text goes once it was sent.
CREATE TABLE mail (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C",
  to_address TEXT COLLATE "C" NOT NULL,
  to_name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  n_tries BIGINT NOT NULL,
  next_at_us BIGINT NOT NULL,
  lapses_at_us BIGINT NOT NULL,
  problem TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  sent_at_us BIGINT
);
CREATE INDEX mail_by_state ON mail (state, next_at_us);
CREATE INDEX mail_by_user ON mail (user_id, created_at_us);
