-- New kinds of record of the book: prices and rates, amendments, stakes, expertise and career, who knows whom, expectations,
-- promises, communications and reviews, opportunities, actuals. What a field of several names stands in record_link, too, so that
-- it is found from the other side.

CREATE TABLE list_price (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  product_id TEXT COLLATE "C" NOT NULL REFERENCES product (id),
  currency TEXT COLLATE "C" NOT NULL,
  price_per BIGINT NOT NULL,
  price_minor BIGINT NOT NULL,
  valid_from TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE UNIQUE INDEX list_price_by_product ON list_price (product_id, currency, valid_from) WHERE deleted_at_us IS NULL;

CREATE TABLE exchange_rate (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  from_currency TEXT COLLATE "C" NOT NULL,
  to_currency TEXT COLLATE "C" NOT NULL,
  rate_on TEXT COLLATE "C" NOT NULL,
  rate_billionths BIGINT NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE UNIQUE INDEX exchange_rate_by_pair ON exchange_rate (from_currency, to_currency, rate_on) WHERE deleted_at_us IS NULL;

CREATE TABLE amendment (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  contract_id TEXT COLLATE "C" NOT NULL REFERENCES contract (id),
  number TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  signed_on TEXT COLLATE "C",
  effective_on TEXT COLLATE "C" NOT NULL,
  effective_until TEXT COLLATE "C",
  ends_on TEXT COLLATE "C",
  renews_on TEXT COLLATE "C",
  notice_days BIGINT,
  price_change_on TEXT COLLATE "C",
  summary TEXT COLLATE "C" NOT NULL,
  applied BIGINT NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX amendment_by_contract ON amendment (contract_id, effective_on);
CREATE INDEX amendment_by_day ON amendment (effective_on, id);

CREATE TABLE stake (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  basis TEXT COLLATE "C" NOT NULL,
  weight BIGINT NOT NULL,
  since TEXT COLLATE "C" NOT NULL,
  until TEXT COLLATE "C",
  reason TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX stake_by_person ON stake (person_id, since);

CREATE TABLE expertise (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  area TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  topic_sort TEXT COLLATE "C" NOT NULL,
  level BIGINT NOT NULL,
  since_year BIGINT,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX expertise_by_person ON expertise (person_id);
CREATE INDEX expertise_by_topic ON expertise (topic_sort, id);

CREATE TABLE career_step (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  position TEXT COLLATE "C" NOT NULL,
  position_sort TEXT COLLATE "C" NOT NULL,
  employer TEXT COLLATE "C" NOT NULL,
  started_on TEXT COLLATE "C" NOT NULL,
  ended_on TEXT COLLATE "C",
  note TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX career_step_by_person ON career_step (person_id, started_on);

CREATE TABLE acquaintance (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  client_person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  our_person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  strength BIGINT NOT NULL,
  compatibility BIGINT,
  stated_on TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE UNIQUE INDEX acquaintance_by_people ON acquaintance (client_person_id, our_person_id) WHERE deleted_at_us IS NULL;
CREATE INDEX acquaintance_by_ours ON acquaintance (our_person_id);

CREATE TABLE expectation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C",
  manager_id TEXT COLLATE "C",
  stated_on TEXT COLLATE "C" NOT NULL,
  due_on TEXT COLLATE "C",
  measure TEXT COLLATE "C" NOT NULL,
  acknowledged_by_us_on TEXT COLLATE "C",
  acknowledged_by_client_on TEXT COLLATE "C",
  promise_id TEXT COLLATE "C",
  perceived TEXT COLLATE "C",
  perceived_words TEXT COLLATE "C" NOT NULL,
  perceived_on TEXT COLLATE "C",
  actual TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  settled_on TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX expectation_by_account ON expectation (account_id, stated_on);
CREATE INDEX expectation_by_day ON expectation (due_on, id);

CREATE TABLE promise (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  made_on TEXT COLLATE "C" NOT NULL,
  occasion TEXT COLLATE "C" NOT NULL,
  made_by_id TEXT COLLATE "C",
  made_to_id TEXT COLLATE "C",
  contract_id TEXT COLLATE "C",
  clause TEXT COLLATE "C" NOT NULL,
  product_id TEXT COLLATE "C",
  delivery_owner_id TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL,
  settled_on TEXT COLLATE "C",
  evidence TEXT COLLATE "C" NOT NULL,
  details TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX promise_by_account ON promise (account_id, made_on);
CREATE INDEX promise_by_day ON promise (due_on, id);
CREATE INDEX promise_by_owner ON promise (delivery_owner_id);

CREATE TABLE communication (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  happened_on TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  direction TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  people TEXT COLLATE "C" NOT NULL,
  contract_id TEXT COLLATE "C",
  place TEXT COLLATE "C" NOT NULL,
  details TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX communication_by_account ON communication (account_id, happened_on);
CREATE INDEX communication_by_day ON communication (happened_on, id);

CREATE TABLE review (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  held_on TEXT COLLATE "C" NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  people TEXT COLLATE "C" NOT NULL,
  measures TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  next_on TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX review_by_account ON review (account_id, held_on);
CREATE INDEX review_by_day ON review (held_on, id);

CREATE TABLE opportunity (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  stage TEXT COLLATE "C" NOT NULL,
  product_id TEXT COLLATE "C",
  currency TEXT COLLATE "C" NOT NULL,
  annual_value_minor BIGINT,
  probability BIGINT,
  expected_on TEXT COLLATE "C",
  trusted_by_id TEXT COLLATE "C",
  owner_id TEXT COLLATE "C",
  opened_on TEXT COLLATE "C" NOT NULL,
  closed_on TEXT COLLATE "C",
  reason TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX opportunity_by_account ON opportunity (account_id, opened_on);
CREATE INDEX opportunity_by_day ON opportunity (expected_on, id);

CREATE TABLE actual (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  product_id TEXT COLLATE "C" NOT NULL REFERENCES product (id),
  month TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  revenue_minor BIGINT,
  volume BIGINT,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE UNIQUE INDEX actual_by_month ON actual (account_id, product_id, month, currency) WHERE deleted_at_us IS NULL;
CREATE INDEX actual_by_day ON actual (month, id);

-- What it cost stands apart, as on contract lines: a changed cost leaves no trace on its row.
CREATE TABLE actual_cost (
  actual_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES actual (id),
  cost_minor BIGINT,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);

-- Every record that a field of several names: who took part, which measures were gone through.
CREATE TABLE record_link (
  record_kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  field TEXT COLLATE "C" NOT NULL,
  target_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (record_kind, record_id, field, target_id)
);
CREATE INDEX record_link_by_target ON record_link (target_id, record_kind, record_id);
