-- Second factors, sign-ins that wait for one, and accounts at a sign-on provider.
ALTER TABLE session ADD COLUMN
  verified_at_us BIGINT;
ALTER TABLE session ADD COLUMN
  second_factor TEXT COLLATE "C";

-- The secret is encrypted with the key file of the data folder that `key_id` names; it counts once it is confirmed.
CREATE TABLE second_factor (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES app_user (id),
  key_id TEXT COLLATE "C" NOT NULL,
  sealed_secret TEXT COLLATE "C" NOT NULL,
  last_step BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  confirmed_at_us BIGINT
);

CREATE TABLE recovery_code (
  code_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  created_at_us BIGINT NOT NULL,
  used_at_us BIGINT
);
CREATE INDEX recovery_code_by_user ON recovery_code (user_id);

-- The password was right, the second factor is still asked for: no session.
CREATE TABLE pending_sign_in (
  token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  user_agent TEXT COLLATE "C" NOT NULL,
  n_failed BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL
);
CREATE INDEX pending_sign_in_by_user ON pending_sign_in (user_id);

-- Who somebody is at a sign-on provider, stored at the first use.
CREATE TABLE provider_link (
  issuer TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  created_at_us BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX provider_link_by_user ON provider_link (user_id);
