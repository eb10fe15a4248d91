-- The rights of both sides: users of a client's organisation, what they are shown, what only some of ours may read.

-- The client's organisation a user belongs to; null: one of ours.
ALTER TABLE app_user ADD COLUMN
  account_id TEXT;
CREATE INDEX app_user_by_account ON app_user (account_id);

-- What a one-time link is for: the first start and passwords, or signing in without one.
ALTER TABLE setup_link ADD COLUMN
  purpose TEXT NOT NULL DEFAULT 'password';

-- Measures the client's people see in the portal.
CREATE TABLE kpi_share (
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  account_id TEXT NOT NULL,
  shared_by TEXT,
  shared_at_us INTEGER NOT NULL,
  PRIMARY KEY (kpi_id, account_id)
) STRICT;
CREATE INDEX kpi_share_by_account ON kpi_share (account_id);

-- Candid notes on an account or a person: sealed, with ids, versions and times of their own.
CREATE TABLE candid_note (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  person_id TEXT,
  text TEXT NOT NULL,
  author_id TEXT,
  author_name TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX candid_note_by_account ON candid_note (account_id, created_at_us);

-- Who has read sealed data of which account: what the wall between roles is built of (Brewer and Nash).
CREATE TABLE sealed_reading (
  user_id TEXT NOT NULL REFERENCES app_user (id),
  account_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  first_at_us INTEGER NOT NULL,
  last_at_us INTEGER NOT NULL,
  PRIMARY KEY (user_id, account_id, purpose)
) STRICT;

-- Signatures under the lifting of someone's wall: two people, neither of them the one it holds.
CREATE TABLE wall_signature (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  signed_by TEXT NOT NULL REFERENCES app_user (id),
  signed_by_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  signed_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX wall_signature_by_user ON wall_signature (user_id, signed_at_us);

-- Values of changes to fields that are read for a purpose; the audit record itself holds a salted hash of them.
CREATE TABLE audit_value (
  seq INTEGER NOT NULL,
  position INTEGER NOT NULL,
  from_value TEXT,
  to_value TEXT,
  salt TEXT NOT NULL,
  PRIMARY KEY (seq, position)
) STRICT;
