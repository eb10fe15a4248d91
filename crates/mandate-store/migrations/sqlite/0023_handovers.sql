-- Handovers from one of our people to others: what goes over, to whom, when, and what came of it; and recorded decisions about
-- an account's manager.

CREATE TABLE handover (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  from_person_id TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  planned_by TEXT,
  planned_by_name TEXT NOT NULL,
  done_at_us INTEGER,
  done_by_name TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX handover_by_state ON handover (state, effective_on);
CREATE INDEX handover_by_person ON handover (from_person_id);

-- One matter that goes over; of a thing no account has (a product, a team) without an account.
CREATE TABLE handover_item (
  id TEXT NOT NULL PRIMARY KEY,
  handover_id TEXT NOT NULL REFERENCES handover (id),
  position INTEGER NOT NULL,
  matter TEXT NOT NULL,
  record_id TEXT NOT NULL,
  account_id TEXT,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  to_person_id TEXT,
  state TEXT NOT NULL,
  refusal TEXT NOT NULL,
  value_before TEXT NOT NULL,
  done_at_us INTEGER,
  done_by_name TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX handover_item_by_place ON handover_item (handover_id, position);
CREATE INDEX handover_item_by_account ON handover_item (account_id);
CREATE INDEX handover_item_by_successor ON handover_item (to_person_id);

CREATE TABLE manager_decision (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  manager_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  measures TEXT NOT NULL,
  seen_by TEXT NOT NULL,
  until_on TEXT NOT NULL,
  decided_on TEXT NOT NULL,
  decided_by TEXT,
  decided_by_name TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_on TEXT,
  ended_by_name TEXT NOT NULL,
  ending TEXT NOT NULL,
  handover_id TEXT,
  version INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  updated_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX manager_decision_by_account ON manager_decision (account_id, decided_on);
CREATE INDEX manager_decision_by_manager ON manager_decision (manager_id);
