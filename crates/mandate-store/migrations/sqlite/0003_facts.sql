-- Facts: where events come from, which event files count, calendars, service levels, cases, measures and what follows from them.
-- Raw events are Parquet files in the data folder; event_file is the manifest that says which of them count.

CREATE TABLE event_source (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  profile TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  time_zone_assumed INTEGER NOT NULL,
  note TEXT NOT NULL,
  data_until_us INTEGER,
  n_cases INTEGER NOT NULL,
  n_events INTEGER NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE event_file (
  path TEXT NOT NULL PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES event_source (id),
  month TEXT NOT NULL,
  n_events INTEGER NOT NULL,
  n_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  min_at_us INTEGER NOT NULL,
  max_at_us INTEGER NOT NULL,
  batch_id TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX event_file_by_source ON event_file (source_id, state, month);

CREATE TABLE state_mapping (
  source_id TEXT NOT NULL REFERENCES event_source (id),
  raw_state TEXT NOT NULL,
  state_class TEXT NOT NULL,
  PRIMARY KEY (source_id, raw_state)
) STRICT;

-- Names behind the pseudonyms in event files, so that a person can be erased without touching a file.
CREATE TABLE person_pseudonym (
  pseudonym TEXT NOT NULL PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES event_source (id),
  name TEXT NOT NULL
) STRICT;

CREATE TABLE calendar (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  assumed INTEGER NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;

CREATE TABLE calendar_version (
  id TEXT NOT NULL PRIMARY KEY,
  calendar_id TEXT NOT NULL REFERENCES calendar (id),
  valid_from TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  UNIQUE (calendar_id, valid_from)
) STRICT;

CREATE TABLE calendar_window (
  calendar_version_id TEXT NOT NULL REFERENCES calendar_version (id),
  weekday INTEGER NOT NULL,
  opens_minute INTEGER NOT NULL,
  closes_minute INTEGER NOT NULL,
  PRIMARY KEY (calendar_version_id, weekday, opens_minute)
) STRICT;

-- A day with no window is closed; a day with windows is open only then.
CREATE TABLE calendar_exception (
  calendar_version_id TEXT NOT NULL REFERENCES calendar_version (id),
  on_day TEXT NOT NULL,
  name TEXT NOT NULL,
  opens_minute INTEGER NOT NULL,
  closes_minute INTEGER NOT NULL,
  PRIMARY KEY (calendar_version_id, on_day, opens_minute)
) STRICT;

-- A service level of an account, or (account_id null) the default of its source.
CREATE TABLE service_level (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  source_id TEXT NOT NULL REFERENCES event_source (id),
  account_id TEXT,
  contract_id TEXT,
  name TEXT NOT NULL,
  clock_kind TEXT NOT NULL,
  clause TEXT NOT NULL,
  assumed INTEGER NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX service_level_by_account ON service_level (account_id, source_id);

CREATE TABLE service_level_version (
  id TEXT NOT NULL PRIMARY KEY,
  service_level_id TEXT NOT NULL REFERENCES service_level (id),
  valid_from TEXT NOT NULL,
  calendar_id TEXT NOT NULL REFERENCES calendar (id),
  reopening TEXT NOT NULL,
  retroactive_start INTEGER NOT NULL,
  goal_share_bp INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  UNIQUE (service_level_id, valid_from)
) STRICT;

CREATE TABLE service_level_target (
  service_level_version_id TEXT NOT NULL REFERENCES service_level_version (id),
  priority INTEGER NOT NULL,
  target_s INTEGER NOT NULL,
  PRIMARY KEY (service_level_version_id, priority)
) STRICT;

-- One row a case: where its last event puts it, what the source reported, what our resolution clock says.
-- Derived from event files; rebuilt for the cases an import touches. id is '<source>:<case_ref>'.
CREATE TABLE delivery_case (
  id TEXT NOT NULL PRIMARY KEY,
  source_id TEXT NOT NULL,
  case_ref TEXT NOT NULL,
  account_id TEXT,
  account_ref TEXT NOT NULL,
  team_id TEXT,
  group_ref TEXT NOT NULL,
  priority INTEGER NOT NULL,
  category TEXT NOT NULL,
  kind TEXT NOT NULL,
  state_class TEXT NOT NULL,
  opened_at_us INTEGER NOT NULL,
  last_event_at_us INTEGER NOT NULL,
  resolved_at_us INTEGER,
  closed_at_us INTEGER,
  month TEXT NOT NULL,
  n_events INTEGER NOT NULL,
  n_events_flagged INTEGER NOT NULL,
  n_events_met INTEGER NOT NULL,
  n_reopened INTEGER NOT NULL,
  n_reassigned INTEGER NOT NULL,
  reported_met INTEGER,
  clock_outcome TEXT NOT NULL,
  clock_s INTEGER NOT NULL,
  target_s INTEGER,
  breached_at_us INTEGER,
  due_at_us INTEGER,
  stopped_at_us INTEGER,
  paused_s INTEGER NOT NULL,
  closed_hours_s INTEGER NOT NULL,
  excluded_s INTEGER NOT NULL,
  outcome_without_exclusions TEXT NOT NULL,
  response_outcome TEXT NOT NULL,
  response_s INTEGER NOT NULL,
  update_outcome TEXT NOT NULL,
  update_s INTEGER NOT NULL,
  differs INTEGER NOT NULL,
  service_level_id TEXT
) STRICT;
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
  source_id TEXT NOT NULL,
  account_key TEXT NOT NULL,
  month TEXT NOT NULL,
  priority INTEGER NOT NULL,
  n_cases INTEGER NOT NULL,
  n_events INTEGER NOT NULL,
  n_events_flagged INTEGER NOT NULL,
  n_events_met INTEGER NOT NULL,
  n_reported INTEGER NOT NULL,
  n_reported_met INTEGER NOT NULL,
  n_clocked INTEGER NOT NULL,
  n_clock_met INTEGER NOT NULL,
  n_running INTEGER NOT NULL,
  n_differs INTEGER NOT NULL,
  n_reopened INTEGER NOT NULL,
  n_reassigned INTEGER NOT NULL,
  clock_sum_s INTEGER NOT NULL,
  clock_p50_x2_s INTEGER,
  clock_p90_x10_s INTEGER,
  excluded_s INTEGER NOT NULL,
  PRIMARY KEY (account_key, month, priority, source_id)
) STRICT;
CREATE INDEX delivery_month_by_source ON delivery_month (source_id, month);

-- One row an account: what its pages and the portfolio show first; derived with delivery_month.
CREATE TABLE account_standing (
  account_id TEXT NOT NULL PRIMARY KEY,
  month TEXT NOT NULL,
  n_cases INTEGER NOT NULL,
  n_reported INTEGER NOT NULL,
  n_reported_met INTEGER NOT NULL,
  n_clocked INTEGER NOT NULL,
  n_clock_met INTEGER NOT NULL,
  n_differs INTEGER NOT NULL,
  reported_bp INTEGER,
  clock_bp INTEGER,
  previous_clock_bp INTEGER,
  goal_bp INTEGER,
  assumed INTEGER NOT NULL,
  months TEXT NOT NULL,
  total_cases INTEGER NOT NULL,
  total_reported INTEGER NOT NULL,
  total_reported_met INTEGER NOT NULL,
  total_clocked INTEGER NOT NULL,
  total_clock_met INTEGER NOT NULL,
  total_differs INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_rank INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX account_standing_by_rank ON account_standing (state_rank, account_id);

CREATE TABLE kpi (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT,
  source_id TEXT,
  name TEXT NOT NULL,
  name_sort TEXT NOT NULL,
  owner_person_id TEXT,
  cadence TEXT NOT NULL,
  assumed INTEGER NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX kpi_by_account ON kpi (account_id, name_sort);

CREATE TABLE kpi_version (
  id TEXT NOT NULL PRIMARY KEY,
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  valid_from TEXT NOT NULL,
  clock_kind TEXT NOT NULL,
  aggregate TEXT NOT NULL,
  parameter INTEGER,
  direction TEXT NOT NULL,
  target_micro INTEGER,
  filter TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  UNIQUE (kpi_id, valid_from)
) STRICT;

-- Why a measure matters to one client, in the client's words.
CREATE TABLE kpi_reason (
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  account_id TEXT NOT NULL,
  text TEXT NOT NULL,
  person_id TEXT,
  said_on TEXT,
  version INTEGER NOT NULL,
  PRIMARY KEY (kpi_id, account_id)
) STRICT;

CREATE TABLE kpi_value (
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  account_id TEXT NOT NULL,
  month TEXT NOT NULL,
  kpi_version_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  numerator INTEGER NOT NULL,
  value_micro INTEGER,
  low_micro INTEGER,
  high_micro INTEGER,
  reported_micro INTEGER,
  verdict TEXT NOT NULL,
  PRIMARY KEY (kpi_id, account_id, month)
) STRICT;
CREATE INDEX kpi_value_by_account ON kpi_value (account_id, month);

-- A client person was taken through a measure by one of ours on a day.
CREATE TABLE kpi_walkthrough (
  id TEXT NOT NULL PRIMARY KEY,
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  account_id TEXT NOT NULL,
  client_person_id TEXT NOT NULL,
  our_person_id TEXT,
  held_on TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX kpi_walkthrough_by_kpi ON kpi_walkthrough (kpi_id, account_id, held_on);

-- What the client says of a published result; the newest row of a kpi, account, month and case stands.
CREATE TABLE result_review (
  id TEXT NOT NULL PRIMARY KEY,
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  account_id TEXT NOT NULL,
  month TEXT NOT NULL,
  case_id TEXT,
  verdict TEXT NOT NULL,
  client_person_id TEXT,
  note TEXT NOT NULL,
  created_by TEXT,
  created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX result_review_by_account ON result_review (account_id, month);

CREATE TABLE exclusion (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  case_id TEXT,
  from_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  ground TEXT NOT NULL,
  clause TEXT NOT NULL,
  note TEXT NOT NULL,
  state TEXT NOT NULL,
  proposed_side TEXT NOT NULL,
  proposed_person_id TEXT,
  proposed_by TEXT NOT NULL,
  proposed_at_us INTEGER NOT NULL,
  decided_person_id TEXT,
  decided_by TEXT,
  decided_at_us INTEGER,
  decision_note TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX exclusion_by_account ON exclusion (account_id, state, from_us);

CREATE TABLE service_credit_rule (
  id TEXT NOT NULL PRIMARY KEY,
  external_id TEXT UNIQUE,
  account_id TEXT NOT NULL,
  contract_id TEXT,
  kpi_id TEXT NOT NULL REFERENCES kpi (id),
  method TEXT NOT NULL,
  tiers TEXT NOT NULL,
  at_risk_cap_minor INTEGER NOT NULL,
  monthly_fee_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  earn_back_months INTEGER NOT NULL,
  clause TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  demo INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL,
  deleted_at_us INTEGER
) STRICT;
CREATE INDEX service_credit_rule_by_account ON service_credit_rule (account_id);

CREATE TABLE service_credit (
  id TEXT NOT NULL PRIMARY KEY,
  rule_id TEXT NOT NULL REFERENCES service_credit_rule (id),
  account_id TEXT NOT NULL,
  month TEXT NOT NULL,
  computed_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  state TEXT NOT NULL,
  derivation TEXT NOT NULL,
  credit_note TEXT,
  reason TEXT NOT NULL,
  client_person_id TEXT,
  changed_by TEXT,
  changed_at_us INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (rule_id, month)
) STRICT;
CREATE INDEX service_credit_by_account ON service_credit (account_id, month);
