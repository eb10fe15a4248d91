-- New kinds of record of the book: prices and rates, amendments, stakes, expertise and career, who knows whom, expectations,
-- promises, communications and reviews, opportunities, actuals. What a field of several names stands in record_link, too, so that
-- it is found from the other side.

CREATE TABLE list_price (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  product_id TEXT NOT NULL REFERENCES product (id),
  currency TEXT NOT NULL,
  price_per INTEGER NOT NULL,
  price_minor INTEGER NOT NULL,
  valid_from TEXT NOT NULL,
  note TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX list_price_by_product ON list_price (product_id, currency, valid_from) WHERE deleted_at_us IS NULL;

CREATE TABLE exchange_rate (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  from_currency TEXT NOT NULL,
  to_currency TEXT NOT NULL,
  rate_on TEXT NOT NULL,
  rate_billionths INTEGER NOT NULL,
  source TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX exchange_rate_by_pair ON exchange_rate (from_currency, to_currency, rate_on) WHERE deleted_at_us IS NULL;

CREATE TABLE amendment (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  contract_id TEXT NOT NULL REFERENCES contract (id),
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  subject TEXT NOT NULL,
  signed_on TEXT,
  effective_on TEXT NOT NULL,
  effective_until TEXT,
  ends_on TEXT,
  renews_on TEXT,
  notice_days INTEGER,
  price_change_on TEXT,
  summary TEXT NOT NULL,
  applied INTEGER NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX amendment_by_contract ON amendment (contract_id, effective_on);
CREATE INDEX amendment_by_day ON amendment (effective_on, id);

CREATE TABLE stake (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  person_id TEXT NOT NULL REFERENCES person (id),
  basis TEXT NOT NULL,
  weight INTEGER NOT NULL,
  since TEXT NOT NULL,
  until TEXT,
  reason TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX stake_by_person ON stake (person_id, since);

CREATE TABLE expertise (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  person_id TEXT NOT NULL REFERENCES person (id),
  area TEXT NOT NULL,
  topic TEXT NOT NULL,
  topic_sort TEXT NOT NULL,
  level INTEGER NOT NULL,
  since_year INTEGER,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX expertise_by_person ON expertise (person_id);
CREATE INDEX expertise_by_topic ON expertise (topic_sort, id);

CREATE TABLE career_step (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  person_id TEXT NOT NULL REFERENCES person (id),
  position TEXT NOT NULL,
  position_sort TEXT NOT NULL,
  employer TEXT NOT NULL,
  started_on TEXT NOT NULL,
  ended_on TEXT,
  note TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX career_step_by_person ON career_step (person_id, started_on);

CREATE TABLE acquaintance (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  client_person_id TEXT NOT NULL REFERENCES person (id),
  our_person_id TEXT NOT NULL REFERENCES person (id),
  strength INTEGER NOT NULL,
  compatibility INTEGER,
  stated_on TEXT NOT NULL,
  note TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX acquaintance_by_people ON acquaintance (client_person_id, our_person_id) WHERE deleted_at_us IS NULL;
CREATE INDEX acquaintance_by_ours ON acquaintance (our_person_id);

CREATE TABLE expectation (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  person_id TEXT,
  manager_id TEXT,
  stated_on TEXT NOT NULL,
  due_on TEXT,
  measure TEXT NOT NULL,
  acknowledged_by_us_on TEXT,
  acknowledged_by_client_on TEXT,
  promise_id TEXT,
  perceived TEXT,
  perceived_words TEXT NOT NULL,
  perceived_on TEXT,
  actual TEXT NOT NULL,
  state TEXT NOT NULL,
  settled_on TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX expectation_by_account ON expectation (account_id, stated_on);
CREATE INDEX expectation_by_day ON expectation (due_on, id);

CREATE TABLE promise (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  made_on TEXT NOT NULL,
  occasion TEXT NOT NULL,
  made_by_id TEXT,
  made_to_id TEXT,
  contract_id TEXT,
  clause TEXT NOT NULL,
  product_id TEXT,
  delivery_owner_id TEXT,
  due_on TEXT,
  state TEXT NOT NULL,
  settled_on TEXT,
  evidence TEXT NOT NULL,
  details TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX promise_by_account ON promise (account_id, made_on);
CREATE INDEX promise_by_day ON promise (due_on, id);
CREATE INDEX promise_by_owner ON promise (delivery_owner_id);

CREATE TABLE communication (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  happened_on TEXT NOT NULL,
  channel TEXT NOT NULL,
  direction TEXT NOT NULL,
  topic TEXT NOT NULL,
  people TEXT NOT NULL,
  contract_id TEXT,
  place TEXT NOT NULL,
  details TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX communication_by_account ON communication (account_id, happened_on);
CREATE INDEX communication_by_day ON communication (happened_on, id);

CREATE TABLE review (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  held_on TEXT NOT NULL,
  level TEXT NOT NULL,
  people TEXT NOT NULL,
  measures TEXT NOT NULL,
  outcome TEXT NOT NULL,
  next_on TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX review_by_account ON review (account_id, held_on);
CREATE INDEX review_by_day ON review (held_on, id);

CREATE TABLE opportunity (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  kind TEXT NOT NULL,
  stage TEXT NOT NULL,
  product_id TEXT,
  currency TEXT NOT NULL,
  annual_value_minor INTEGER,
  probability INTEGER,
  expected_on TEXT,
  trusted_by_id TEXT,
  owner_id TEXT,
  opened_on TEXT NOT NULL,
  closed_on TEXT,
  reason TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX opportunity_by_account ON opportunity (account_id, opened_on);
CREATE INDEX opportunity_by_day ON opportunity (expected_on, id);

CREATE TABLE actual (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  product_id TEXT NOT NULL REFERENCES product (id),
  month TEXT NOT NULL,
  currency TEXT NOT NULL,
  revenue_minor INTEGER,
  volume INTEGER,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX actual_by_month ON actual (account_id, product_id, month, currency) WHERE deleted_at_us IS NULL;
CREATE INDEX actual_by_day ON actual (month, id);

-- What it cost stands apart, as on contract lines: a changed cost leaves no trace on its row.
CREATE TABLE actual_cost (
  actual_id TEXT NOT NULL PRIMARY KEY REFERENCES actual (id),
  cost_minor INTEGER,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;

-- Every record that a field of several names: who took part, which measures were gone through.
CREATE TABLE record_link (
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  field TEXT NOT NULL,
  target_id TEXT NOT NULL,
  PRIMARY KEY (record_kind, record_id, field, target_id)
) STRICT;
CREATE INDEX record_link_by_target ON record_link (target_id, record_kind, record_id);
