-- Mail on its way out: written in the transaction of what it tells of, sent by a job. The text goes once it was sent.
CREATE TABLE mail (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT,
  to_address TEXT NOT NULL,
  to_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  n_tries INTEGER NOT NULL,
  next_at_us INTEGER NOT NULL,
  lapses_at_us INTEGER NOT NULL,
  problem TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  sent_at_us INTEGER
) STRICT;
CREATE INDEX mail_by_state ON mail (state, next_at_us);
CREATE INDEX mail_by_user ON mail (user_id, created_at_us);
