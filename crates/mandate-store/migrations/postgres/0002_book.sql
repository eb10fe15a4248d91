-- Book: accounts, people, products, lines of business, teams, contracts and their lines.
-- Trashable records carry deleted_at_us; a deleted record keeps its id and its firm's own id.

CREATE TABLE line_of_business (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  head_person_id TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);

CREATE TABLE team (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  line_of_business_id TEXT COLLATE "C",
  lead_person_id TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);

CREATE TABLE product (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  product_manager_id TEXT COLLATE "C",
  line_of_business_id TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);

CREATE TABLE account (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  tier TEXT COLLATE "C" NOT NULL,
  industry TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  annual_value_minor BIGINT,
  parent_id TEXT COLLATE "C",
  account_manager_id TEXT COLLATE "C",
  negotiator_id TEXT COLLATE "C",
  origin TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX account_by_name ON account (name_sort, id);
CREATE INDEX account_by_manager ON account (account_manager_id);
CREATE INDEX account_by_negotiator ON account (negotiator_id);

CREATE TABLE person (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  side TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  job_title TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  email TEXT COLLATE "C" NOT NULL,
  phone TEXT COLLATE "C" NOT NULL,
  team_id TEXT COLLATE "C",
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX person_by_account ON person (account_id, name_sort);
CREATE INDEX person_by_name ON person (name_sort, id);

-- Which of our people work on which account, and as what; the one accountable manager stands on the account itself.
CREATE TABLE account_person (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
  role TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, person_id, role)
);
CREATE INDEX account_person_by_person ON account_person (person_id);

CREATE TABLE contract (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  kind TEXT COLLATE "C" NOT NULL,
  parent_id TEXT COLLATE "C",
  title TEXT COLLATE "C" NOT NULL,
  title_sort TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  starts_on TEXT COLLATE "C" NOT NULL,
  ends_on TEXT COLLATE "C",
  renews_on TEXT COLLATE "C",
  notice_days BIGINT,
  price_change_on TEXT COLLATE "C",
  price_change_clause TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX contract_by_account ON contract (account_id, starts_on);
CREATE INDEX contract_by_account_renewal ON contract (account_id, renews_on);
CREATE INDEX contract_by_renewal ON contract (renews_on, id);

-- Prices are in minor units of the contract's currency for `price_per` units of the product.
CREATE TABLE contract_line (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  contract_id TEXT COLLATE "C" NOT NULL REFERENCES contract (id),
  product_id TEXT COLLATE "C" NOT NULL REFERENCES product (id),
  annual_volume BIGINT NOT NULL,
  price_per BIGINT NOT NULL,
  unit_price_minor BIGINT NOT NULL,
  list_price_minor BIGINT,
  unit_cost_minor BIGINT,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX contract_line_by_contract ON contract_line (contract_id);
