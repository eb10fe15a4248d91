-- The floors every room stands on: people who sign in, the audit record, idempotency, long work, imports.

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE app_user (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT,
  email TEXT NOT NULL,
  email_fold TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  password_hash TEXT,
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  single_keys INTEGER NOT NULL,
  state TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE user_role (
  user_id TEXT NOT NULL REFERENCES app_user (id),
  role TEXT NOT NULL,
  PRIMARY KEY (user_id, role)
) STRICT;

CREATE TABLE session (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  created_at_us INTEGER NOT NULL,
  last_seen_at_us INTEGER NOT NULL,
  expires_at_us INTEGER NOT NULL,
  user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_user ON session (user_id);

CREATE TABLE api_token (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  expires_at_us INTEGER,
  last_used_at_us INTEGER,
  revoked_at_us INTEGER
) STRICT;
CREATE INDEX api_token_by_user ON api_token (user_id);

-- One-time links: without a user the first start's set-up, with one the setting of a password.
CREATE TABLE setup_link (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT REFERENCES app_user (id),
  created_at_us INTEGER NOT NULL,
  expires_at_us INTEGER NOT NULL,
  used_at_us INTEGER
) STRICT;

CREATE TABLE saved_view (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  list TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_view_by_user ON saved_view (user_id, list);

CREATE TABLE audit_record (
  seq INTEGER NOT NULL PRIMARY KEY,
  at_us INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  origin TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  account_id TEXT,
  reason TEXT,
  changes TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_record_by_subject ON audit_record (subject_kind, subject_id, seq);
CREATE INDEX audit_record_by_account ON audit_record (account_id, seq);

-- Claimed in the transaction of the work; status 0 until the answer is known. `claim` tells one request's own
-- second transaction from another request with the same key.
CREATE TABLE idempotency_key (
  user_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  claim TEXT NOT NULL,
  status INTEGER NOT NULL,
  response_body TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  PRIMARY KEY (user_id, idempotency_key)
) STRICT;

CREATE TABLE job (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  n_done INTEGER NOT NULL,
  n_total INTEGER NOT NULL,
  message TEXT NOT NULL,
  result TEXT,
  cancel_requested INTEGER NOT NULL,
  fencing INTEGER NOT NULL,
  lease_until_us INTEGER,
  run_at_us INTEGER NOT NULL,
  created_by TEXT,
  created_at_us INTEGER NOT NULL,
  finished_at_us INTEGER
) STRICT;
CREATE INDEX job_by_state ON job (state, run_at_us);

CREATE TABLE import_batch (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  profile TEXT NOT NULL,
  file_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  n_rows INTEGER NOT NULL,
  n_new INTEGER NOT NULL,
  n_changed INTEGER NOT NULL,
  n_same INTEGER NOT NULL,
  state TEXT NOT NULL,
  report TEXT NOT NULL,
  created_by TEXT,
  created_at_us INTEGER NOT NULL,
  undone_at_us INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX import_batch_by_hash ON import_batch (sha256, state);

-- What global search looks through; written by the room that owns the record, in the same transaction.
CREATE TABLE search_entry (
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  account_id TEXT,
  title TEXT NOT NULL,
  title_fold TEXT NOT NULL,
  context TEXT NOT NULL,
  PRIMARY KEY (kind, record_id)
) STRICT;
CREATE INDEX search_entry_by_title ON search_entry (title_fold);
