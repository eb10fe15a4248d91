-- Passkeys of users, and the challenges that wait for an answer of one. The tables are there whether the program was
-- built with passkeys or not, so that either can follow the other on the same database.
CREATE TABLE passkey (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  name TEXT NOT NULL,
  credential_id TEXT NOT NULL UNIQUE,
  credential TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  last_used_at_us INTEGER,
  refused_at_us INTEGER
) STRICT;
CREATE INDEX passkey_by_user ON passkey (user_id);

-- One without a user is for signing in: who answers says who they are.
CREATE TABLE passkey_challenge (
  secret_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT REFERENCES app_user (id),
  state TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  expires_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_at_us);
