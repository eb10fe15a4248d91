-- The floors every room stands on: people who sign in, the audit record, idempotency, long work, imports.

CREATE TABLE setting (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE app_user (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  person_id TEXT COLLATE "C",
  email TEXT COLLATE "C" NOT NULL,
  email_fold TEXT COLLATE "C" NOT NULL UNIQUE,
  display_name TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C",
  locale TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  single_keys BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);

CREATE TABLE user_role (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  role TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, role)
);

CREATE TABLE session (
  token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  created_at_us BIGINT NOT NULL,
  last_seen_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL,
  user_agent TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);

CREATE TABLE api_token (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  name TEXT COLLATE "C" NOT NULL,
  token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  scopes TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT,
  last_used_at_us BIGINT,
  revoked_at_us BIGINT
);
CREATE INDEX api_token_by_user ON api_token (user_id);

-- One-time links: without a user the first start's set-up, with one the setting of a password.
CREATE TABLE setup_link (
  token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" REFERENCES app_user (id),
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL,
  used_at_us BIGINT
);

CREATE TABLE saved_view (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  list TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  query TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL
);
CREATE INDEX saved_view_by_user ON saved_view (user_id, list);

CREATE TABLE audit_record (
  seq BIGINT NOT NULL PRIMARY KEY,
  at_us BIGINT NOT NULL,
  actor_kind TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C",
  actor_name TEXT COLLATE "C" NOT NULL,
  origin TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  subject_kind TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL,
  subject_name TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  changes TEXT COLLATE "C" NOT NULL,
  previous_hash TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_record_by_subject ON audit_record (subject_kind, subject_id, seq);
CREATE INDEX audit_record_by_account ON audit_record (account_id, seq);

-- Claimed in the transaction of the work; status 0 until the answer is known. `claim` tells one request's own
-- second transaction from another request with the same key.
CREATE TABLE idempotency_key (
  user_id TEXT COLLATE "C" NOT NULL,
  idempotency_key TEXT COLLATE "C" NOT NULL,
  request_hash TEXT COLLATE "C" NOT NULL,
  claim TEXT COLLATE "C" NOT NULL,
  status BIGINT NOT NULL,
  response_body TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  PRIMARY KEY (user_id, idempotency_key)
);

CREATE TABLE job (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  payload TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  n_done BIGINT NOT NULL,
  n_total BIGINT NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  result TEXT COLLATE "C",
  cancel_requested BIGINT NOT NULL,
  fencing BIGINT NOT NULL,
  lease_until_us BIGINT,
  run_at_us BIGINT NOT NULL,
  created_by TEXT COLLATE "C",
  created_at_us BIGINT NOT NULL,
  finished_at_us BIGINT
);
CREATE INDEX job_by_state ON job (state, run_at_us);

CREATE TABLE import_batch (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  profile TEXT COLLATE "C" NOT NULL,
  file_name TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  n_rows BIGINT NOT NULL,
  n_new BIGINT NOT NULL,
  n_changed BIGINT NOT NULL,
  n_same BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C",
  created_at_us BIGINT NOT NULL,
  undone_at_us BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX import_batch_by_hash ON import_batch (sha256, state);

-- What global search looks through; written by the room that owns the record, in the same transaction.
CREATE TABLE search_entry (
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  title TEXT COLLATE "C" NOT NULL,
  title_fold TEXT COLLATE "C" NOT NULL,
  context TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, record_id)
);
CREATE INDEX search_entry_by_title ON search_entry (title_fold);
