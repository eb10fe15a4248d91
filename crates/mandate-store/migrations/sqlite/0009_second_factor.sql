-- Second factors, sign-ins that wait for one, and accounts at a sign-on provider.
ALTER TABLE session ADD COLUMN
  verified_at_us INTEGER;
ALTER TABLE session ADD COLUMN
  second_factor TEXT;

-- The secret is encrypted with the key file of the data folder that `key_id` names; it counts once it is confirmed.
CREATE TABLE second_factor (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES app_user (id),
  key_id TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  confirmed_at_us INTEGER
) STRICT;

CREATE TABLE recovery_code (
  code_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  created_at_us INTEGER NOT NULL,
  used_at_us INTEGER
) STRICT;
CREATE INDEX recovery_code_by_user ON recovery_code (user_id);

-- The password was right, the second factor is still asked for: no session.
CREATE TABLE pending_sign_in (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  user_agent TEXT NOT NULL,
  n_failed INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  expires_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_sign_in_by_user ON pending_sign_in (user_id);

-- Who somebody is at a sign-on provider, stored at the first use.
CREATE TABLE provider_link (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES app_user (id),
  created_at_us INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX provider_link_by_user ON provider_link (user_id);
