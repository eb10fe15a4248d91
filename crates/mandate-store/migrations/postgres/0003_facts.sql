-- Facts: where events come from, which event files count, calendars, service levels, cases, measures and what follows from them.
-- Raw events are Parquet files in the data folder; event_file is the manifest that says which of them count.

CREATE TABLE event_source (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  profile TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  time_zone_assumed BIGINT NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  data_until_us BIGINT,
  n_cases BIGINT NOT NULL,
  n_events BIGINT NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);

CREATE TABLE event_file (
  path TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  source_id TEXT COLLATE "C" NOT NULL REFERENCES event_source (id),
  month TEXT COLLATE "C" NOT NULL,
  n_events BIGINT NOT NULL,
  n_bytes BIGINT NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  min_at_us BIGINT NOT NULL,
  max_at_us BIGINT NOT NULL,
  batch_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL
);
CREATE INDEX event_file_by_source ON event_file (source_id, state, month);

CREATE TABLE state_mapping (
  source_id TEXT COLLATE "C" NOT NULL REFERENCES event_source (id),
  raw_state TEXT COLLATE "C" NOT NULL,
  state_class TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (source_id, raw_state)
);

-- Names behind the pseudonyms in event files, so that a person can be erased without touching a file.
CREATE TABLE person_pseudonym (
  pseudonym TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  source_id TEXT COLLATE "C" NOT NULL REFERENCES event_source (id),
  name TEXT COLLATE "C" NOT NULL
);

CREATE TABLE calendar (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  assumed BIGINT NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);

CREATE TABLE calendar_version (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  calendar_id TEXT COLLATE "C" NOT NULL REFERENCES calendar (id),
  valid_from TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  UNIQUE (calendar_id, valid_from)
);

CREATE TABLE calendar_window (
  calendar_version_id TEXT COLLATE "C" NOT NULL REFERENCES calendar_version (id),
  weekday BIGINT NOT NULL,
  opens_minute BIGINT NOT NULL,
  closes_minute BIGINT NOT NULL,
  PRIMARY KEY (calendar_version_id, weekday, opens_minute)
);

-- A day with no window is closed; a day with windows is open only then.
CREATE TABLE calendar_exception (
  calendar_version_id TEXT COLLATE "C" NOT NULL REFERENCES calendar_version (id),
  on_day TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  opens_minute BIGINT NOT NULL,
  closes_minute BIGINT NOT NULL,
  PRIMARY KEY (calendar_version_id, on_day, opens_minute)
);

-- A service level of an account, or (account_id null) the default of its source.
CREATE TABLE service_level (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  source_id TEXT COLLATE "C" NOT NULL REFERENCES event_source (id),
  account_id TEXT COLLATE "C",
  contract_id TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  clock_kind TEXT COLLATE "C" NOT NULL,
  clause TEXT COLLATE "C" NOT NULL,
  assumed BIGINT NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX service_level_by_account ON service_level (account_id, source_id);

CREATE TABLE service_level_version (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  service_level_id TEXT COLLATE "C" NOT NULL REFERENCES service_level (id),
  valid_from TEXT COLLATE "C" NOT NULL,
  calendar_id TEXT COLLATE "C" NOT NULL REFERENCES calendar (id),
  reopening TEXT COLLATE "C" NOT NULL,
  retroactive_start BIGINT NOT NULL,
  goal_share_bp BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  UNIQUE (service_level_id, valid_from)
);

CREATE TABLE service_level_target (
  service_level_version_id TEXT COLLATE "C" NOT NULL REFERENCES service_level_version (id),
  priority BIGINT NOT NULL,
  target_s BIGINT NOT NULL,
  PRIMARY KEY (service_level_version_id, priority)
);

-- One row a case: where its last event puts it, what the source reported, what our resolution clock says.
-- Derived from event files; rebuilt for the cases an import touches. id is '<source>:<case_ref>'.
CREATE TABLE delivery_case (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  source_id TEXT COLLATE "C" NOT NULL,
  case_ref TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  account_ref TEXT COLLATE "C" NOT NULL,
  team_id TEXT COLLATE "C",
  group_ref TEXT COLLATE "C" NOT NULL,
  priority BIGINT NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  state_class TEXT COLLATE "C" NOT NULL,
  opened_at_us BIGINT NOT NULL,
  last_event_at_us BIGINT NOT NULL,
  resolved_at_us BIGINT,
  closed_at_us BIGINT,
  month TEXT COLLATE "C" NOT NULL,
  n_events BIGINT NOT NULL,
  n_events_flagged BIGINT NOT NULL,
  n_events_met BIGINT NOT NULL,
  n_reopened BIGINT NOT NULL,
  n_reassigned BIGINT NOT NULL,
  reported_met BIGINT,
  clock_outcome TEXT COLLATE "C" NOT NULL,
  clock_s BIGINT NOT NULL,
  target_s BIGINT,
  breached_at_us BIGINT,
  due_at_us BIGINT,
  stopped_at_us BIGINT,
  paused_s BIGINT NOT NULL,
  closed_hours_s BIGINT NOT NULL,
  excluded_s BIGINT NOT NULL,
  outcome_without_exclusions TEXT COLLATE "C" NOT NULL,
  response_outcome TEXT COLLATE "C" NOT NULL,
  response_s BIGINT NOT NULL,
  update_outcome TEXT COLLATE "C" NOT NULL,
  update_s BIGINT NOT NULL,
  differs BIGINT NOT NULL,
  service_level_id TEXT COLLATE "C"
);
CREATE INDEX delivery_case_by_account ON delivery_case (account_id, month, id);
CREATE INDEX delivery_case_by_outcome ON delivery_case (account_id, clock_outcome, last_event_at_us, id);
CREATE INDEX delivery_case_by_difference ON delivery_case (account_id, differs, last_event_at_us, id);
CREATE INDEX delivery_case_by_last_event ON delivery_case (last_event_at_us, id);
CREATE INDEX delivery_case_by_account_event ON delivery_case (account_id, last_event_at_us, id);
CREATE INDEX delivery_case_by_source ON delivery_case (source_id, month);
CREATE INDEX delivery_case_by_team ON delivery_case (team_id, month);
CREATE INDEX delivery_case_by_due ON delivery_case (source_id, due_at_us);

-- Figures by account (or empty: not stated), month and priority; derived with delivery_case.
CREATE TABLE delivery_month (
  source_id TEXT COLLATE "C" NOT NULL,
  account_key TEXT COLLATE "C" NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  priority BIGINT NOT NULL,
  n_cases BIGINT NOT NULL,
  n_events BIGINT NOT NULL,
  n_events_flagged BIGINT NOT NULL,
  n_events_met BIGINT NOT NULL,
  n_reported BIGINT NOT NULL,
  n_reported_met BIGINT NOT NULL,
  n_clocked BIGINT NOT NULL,
  n_clock_met BIGINT NOT NULL,
  n_running BIGINT NOT NULL,
  n_differs BIGINT NOT NULL,
  n_reopened BIGINT NOT NULL,
  n_reassigned BIGINT NOT NULL,
  clock_sum_s BIGINT NOT NULL,
  clock_p50_x2_s BIGINT,
  clock_p90_x10_s BIGINT,
  excluded_s BIGINT NOT NULL,
  PRIMARY KEY (account_key, month, priority, source_id)
);
CREATE INDEX delivery_month_by_source ON delivery_month (source_id, month);

-- One row an account: what its pages and the portfolio show first; derived with delivery_month.
CREATE TABLE account_standing (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  month TEXT COLLATE "C" NOT NULL,
  n_cases BIGINT NOT NULL,
  n_reported BIGINT NOT NULL,
  n_reported_met BIGINT NOT NULL,
  n_clocked BIGINT NOT NULL,
  n_clock_met BIGINT NOT NULL,
  n_differs BIGINT NOT NULL,
  reported_bp BIGINT,
  clock_bp BIGINT,
  previous_clock_bp BIGINT,
  goal_bp BIGINT,
  assumed BIGINT NOT NULL,
  months TEXT COLLATE "C" NOT NULL,
  total_cases BIGINT NOT NULL,
  total_reported BIGINT NOT NULL,
  total_reported_met BIGINT NOT NULL,
  total_clocked BIGINT NOT NULL,
  total_clock_met BIGINT NOT NULL,
  total_differs BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  state_rank BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX account_standing_by_rank ON account_standing (state_rank, account_id);

CREATE TABLE kpi (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C",
  source_id TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  owner_person_id TEXT COLLATE "C",
  cadence TEXT COLLATE "C" NOT NULL,
  assumed BIGINT NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX kpi_by_account ON kpi (account_id, name_sort);

CREATE TABLE kpi_version (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  valid_from TEXT COLLATE "C" NOT NULL,
  clock_kind TEXT COLLATE "C" NOT NULL,
  aggregate TEXT COLLATE "C" NOT NULL,
  parameter BIGINT,
  direction TEXT COLLATE "C" NOT NULL,
  target_micro BIGINT,
  filter TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL,
  UNIQUE (kpi_id, valid_from)
);

-- Why a measure matters to one client, in the client's words.
CREATE TABLE kpi_reason (
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  account_id TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C",
  said_on TEXT COLLATE "C",
  version BIGINT NOT NULL,
  PRIMARY KEY (kpi_id, account_id)
);

CREATE TABLE kpi_value (
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  account_id TEXT COLLATE "C" NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  kpi_version_id TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  numerator BIGINT NOT NULL,
  value_micro BIGINT,
  low_micro BIGINT,
  high_micro BIGINT,
  reported_micro BIGINT,
  verdict TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kpi_id, account_id, month)
);
CREATE INDEX kpi_value_by_account ON kpi_value (account_id, month);

-- A client person was taken through a measure by one of ours on a day.
CREATE TABLE kpi_walkthrough (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  account_id TEXT COLLATE "C" NOT NULL,
  client_person_id TEXT COLLATE "C" NOT NULL,
  our_person_id TEXT COLLATE "C",
  held_on TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  created_at_us BIGINT NOT NULL
);
CREATE INDEX kpi_walkthrough_by_kpi ON kpi_walkthrough (kpi_id, account_id, held_on);

-- What the client says of a published result; the newest row of a kpi, account, month and case stands.
CREATE TABLE result_review (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  account_id TEXT COLLATE "C" NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C",
  verdict TEXT COLLATE "C" NOT NULL,
  client_person_id TEXT COLLATE "C",
  note TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C",
  created_at_us BIGINT NOT NULL
);
CREATE INDEX result_review_by_account ON result_review (account_id, month);

CREATE TABLE exclusion (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C",
  from_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  ground TEXT COLLATE "C" NOT NULL,
  clause TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  proposed_side TEXT COLLATE "C" NOT NULL,
  proposed_person_id TEXT COLLATE "C",
  proposed_by TEXT COLLATE "C" NOT NULL,
  proposed_at_us BIGINT NOT NULL,
  decided_person_id TEXT COLLATE "C",
  decided_by TEXT COLLATE "C",
  decided_at_us BIGINT,
  decision_note TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX exclusion_by_account ON exclusion (account_id, state, from_us);

CREATE TABLE service_credit_rule (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL,
  contract_id TEXT COLLATE "C",
  kpi_id TEXT COLLATE "C" NOT NULL REFERENCES kpi (id),
  method TEXT COLLATE "C" NOT NULL,
  tiers TEXT COLLATE "C" NOT NULL,
  at_risk_cap_minor BIGINT NOT NULL,
  monthly_fee_minor BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  earn_back_months BIGINT NOT NULL,
  clause TEXT COLLATE "C" NOT NULL,
  valid_from TEXT COLLATE "C" NOT NULL,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT
);
CREATE INDEX service_credit_rule_by_account ON service_credit_rule (account_id);

CREATE TABLE service_credit (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  rule_id TEXT COLLATE "C" NOT NULL REFERENCES service_credit_rule (id),
  account_id TEXT COLLATE "C" NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  computed_minor BIGINT NOT NULL,
  credit_minor BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  derivation TEXT COLLATE "C" NOT NULL,
  credit_note TEXT COLLATE "C",
  reason TEXT COLLATE "C" NOT NULL,
  client_person_id TEXT COLLATE "C",
  changed_by TEXT COLLATE "C",
  changed_at_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (rule_id, month)
);
CREATE INDEX service_credit_by_account ON service_credit (account_id, month);
