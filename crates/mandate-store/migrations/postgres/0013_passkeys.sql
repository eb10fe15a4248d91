-- Passkeys of users, and the challenges that wait for an answer of one. The tables are there whether the program was
-- built with passkeys or not, so that either can follow the other on the same database.
CREATE TABLE passkey (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  name TEXT COLLATE "C" NOT NULL,
  credential_id TEXT COLLATE "C" NOT NULL UNIQUE,
  credential TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  last_used_at_us BIGINT,
  refused_at_us BIGINT
);
CREATE INDEX passkey_by_user ON passkey (user_id);

-- One without a user is for signing in: who answers says who they are.
CREATE TABLE passkey_challenge (
  secret_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" REFERENCES app_user (id),
  state TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL
);
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_at_us);
