-- Decision rights: envelopes, who decides for an absent colleague, what was decided by which right, and the policies.

-- `limit_each` and `limit_month` are minor units, basis points or minutes, as `kind` says; `currency` only of a credit.
CREATE TABLE decision_right (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  holder TEXT COLLATE "C" NOT NULL,
  holder_user_id TEXT COLLATE "C",
  limit_each BIGINT NOT NULL,
  limit_month BIGINT,
  currency TEXT COLLATE "C",
  direction TEXT COLLATE "C" NOT NULL,
  accounts TEXT COLLATE "C" NOT NULL,
  tier TEXT COLLATE "C",
  valid_from TEXT COLLATE "C" NOT NULL,
  valid_until TEXT COLLATE "C" NOT NULL,
  review_on TEXT COLLATE "C" NOT NULL,
  lapses_on TEXT COLLATE "C" NOT NULL,
  granted_by TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX decision_right_by_holder ON decision_right (holder_user_id, kind, state, valid_until);
CREATE INDEX decision_right_by_kind ON decision_right (kind, state, accounts, valid_until);

-- Accounts that a right names.
CREATE TABLE decision_right_account (
  right_id TEXT COLLATE "C" NOT NULL REFERENCES decision_right (id),
  account_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (right_id, account_id)
);
CREATE INDEX decision_right_account_by_account ON decision_right_account (account_id, right_id);

-- Products that a right is limited to; none for all.
CREATE TABLE decision_right_product (
  right_id TEXT COLLATE "C" NOT NULL REFERENCES decision_right (id),
  product_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (right_id, product_id)
);
CREATE INDEX decision_right_product_by_product ON decision_right_product (product_id, right_id);

-- Each decision that was made, by a right or by a policy alone.
CREATE TABLE decision_use (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  right_id TEXT COLLATE "C",
  policy TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C" NOT NULL,
  product_id TEXT COLLATE "C",
  subject_kind TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  currency TEXT COLLATE "C",
  decided_by TEXT COLLATE "C" NOT NULL,
  decided_by_name TEXT COLLATE "C" NOT NULL,
  for_user_id TEXT COLLATE "C",
  for_name TEXT COLLATE "C",
  at_us BIGINT NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL
);
CREATE INDEX decision_use_by_right ON decision_use (right_id, month);
CREATE INDEX decision_use_by_account ON decision_use (account_id, kind, month);

-- Who decides for whom, from day to day; `kinds` are words with spaces between them.
CREATE TABLE delegation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  absent_user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  substitute_user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  from_on TEXT COLLATE "C" NOT NULL,
  until_on TEXT COLLATE "C" NOT NULL,
  kinds TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  ended_at_us BIGINT,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL
);
CREATE INDEX delegation_by_substitute ON delegation (substitute_user_id, until_on);
CREATE INDEX delegation_by_absent ON delegation (absent_user_id, until_on);

-- Every version of the policies that an administrator saved, with the tests it passed; the newest decides.
CREATE TABLE decision_policy (
  version BIGINT NOT NULL PRIMARY KEY,
  policies TEXT COLLATE "C" NOT NULL,
  tests TEXT COLLATE "C" NOT NULL,
  saved_by TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  saved_at_us BIGINT NOT NULL
);
