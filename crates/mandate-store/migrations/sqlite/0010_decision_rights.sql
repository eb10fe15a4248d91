-- Decision rights: envelopes, who decides for an absent colleague, what was decided by which right, and the policies.

-- `limit_each` and `limit_month` are minor units, basis points or minutes, as `kind` says; `currency` only of a credit.
CREATE TABLE decision_right (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  holder TEXT NOT NULL,
  holder_user_id TEXT,
  limit_each INTEGER NOT NULL,
  limit_month INTEGER,
  currency TEXT,
  direction TEXT NOT NULL,
  accounts TEXT NOT NULL,
  tier TEXT,
  valid_from TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  review_on TEXT NOT NULL,
  lapses_on TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_right_by_holder ON decision_right (holder_user_id, kind, state, valid_until);
CREATE INDEX decision_right_by_kind ON decision_right (kind, state, accounts, valid_until);

-- Accounts that a right names.
CREATE TABLE decision_right_account (
  right_id TEXT NOT NULL REFERENCES decision_right (id),
  account_id TEXT NOT NULL,
  PRIMARY KEY (right_id, account_id)
) STRICT;
CREATE INDEX decision_right_account_by_account ON decision_right_account (account_id, right_id);

-- Products that a right is limited to; none for all.
CREATE TABLE decision_right_product (
  right_id TEXT NOT NULL REFERENCES decision_right (id),
  product_id TEXT NOT NULL,
  PRIMARY KEY (right_id, product_id)
) STRICT;
CREATE INDEX decision_right_product_by_product ON decision_right_product (product_id, right_id);

-- Each decision that was made, by a right or by a policy alone.
CREATE TABLE decision_use (
  id TEXT NOT NULL PRIMARY KEY,
  right_id TEXT,
  policy TEXT NOT NULL,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL,
  product_id TEXT,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT,
  decided_by TEXT NOT NULL,
  decided_by_name TEXT NOT NULL,
  for_user_id TEXT,
  for_name TEXT,
  at_us INTEGER NOT NULL,
  month TEXT NOT NULL,
  demo INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_use_by_right ON decision_use (right_id, month);
CREATE INDEX decision_use_by_account ON decision_use (account_id, kind, month);

-- Who decides for whom, from day to day; `kinds` are words with spaces between them.
CREATE TABLE delegation (
  id TEXT NOT NULL PRIMARY KEY,
  absent_user_id TEXT NOT NULL REFERENCES app_user (id),
  substitute_user_id TEXT NOT NULL REFERENCES app_user (id),
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL,
  kinds TEXT NOT NULL,
  reason TEXT NOT NULL,
  ended_at_us INTEGER,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX delegation_by_substitute ON delegation (substitute_user_id, until_on);
CREATE INDEX delegation_by_absent ON delegation (absent_user_id, until_on);

-- Every version of the policies that an administrator saved, with the tests it passed; the newest decides.
CREATE TABLE decision_policy (
  version INTEGER NOT NULL PRIMARY KEY,
  policies TEXT NOT NULL,
  tests TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  saved_at_us INTEGER NOT NULL
) STRICT;
