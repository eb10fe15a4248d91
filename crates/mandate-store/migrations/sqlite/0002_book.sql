-- Book: accounts, people, products, lines of business, teams, contracts and their lines.
-- Trashable records carry deleted_at_us; a deleted record keeps its id and its firm's own id.

CREATE TABLE line_of_business (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  head_person_id TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;

CREATE TABLE team (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  line_of_business_id TEXT,
  lead_person_id TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;

CREATE TABLE product (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  unit TEXT NOT NULL,
  product_manager_id TEXT,
  line_of_business_id TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  tier TEXT NOT NULL,
  industry TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  annual_value_minor INTEGER,
  parent_id TEXT,
  account_manager_id TEXT,
  negotiator_id TEXT,
  origin TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX account_by_name ON account (name_sort, id);
CREATE INDEX account_by_manager ON account (account_manager_id);
CREATE INDEX account_by_negotiator ON account (negotiator_id);

CREATE TABLE person (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  side TEXT NOT NULL,
  account_id TEXT,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  job_title TEXT NOT NULL,
  role TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  team_id TEXT,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX person_by_account ON person (account_id, name_sort);
CREATE INDEX person_by_name ON person (name_sort, id);

-- Which of our people work on which account, and as what; the one accountable manager stands on the account itself.
CREATE TABLE account_person (
  account_id TEXT NOT NULL REFERENCES account (id),
  person_id TEXT NOT NULL REFERENCES person (id),
  role TEXT NOT NULL,
  PRIMARY KEY (account_id, person_id, role)
) STRICT;
CREATE INDEX account_person_by_person ON account_person (person_id);

CREATE TABLE contract (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id),
  kind TEXT NOT NULL,
  parent_id TEXT,
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT,
  renews_on TEXT,
  notice_days INTEGER,
  price_change_on TEXT,
  price_change_clause TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX contract_by_account ON contract (account_id, starts_on);
CREATE INDEX contract_by_account_renewal ON contract (account_id, renews_on);
CREATE INDEX contract_by_renewal ON contract (renews_on, id);

-- Prices are in minor units of the contract's currency for `price_per` units of the product.
CREATE TABLE contract_line (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  contract_id TEXT NOT NULL REFERENCES contract (id),
  product_id TEXT NOT NULL REFERENCES product (id),
  annual_volume INTEGER NOT NULL,
  price_per INTEGER NOT NULL,
  unit_price_minor INTEGER NOT NULL,
  list_price_minor INTEGER,
  unit_cost_minor INTEGER,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX contract_line_by_contract ON contract_line (contract_id);
