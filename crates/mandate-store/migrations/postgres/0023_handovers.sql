-- Handovers from one of our people to others: what goes over, to whom, when, and what came of it; and recorded decisions about
-- an account's manager.

CREATE TABLE handover (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  from_person_id TEXT COLLATE "C" NOT NULL,
  effective_on TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  planned_by TEXT COLLATE "C",
  planned_by_name TEXT COLLATE "C" NOT NULL,
  done_at_us BIGINT,
  done_by_name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX handover_by_state ON handover (state, effective_on);
CREATE INDEX handover_by_person ON handover (from_person_id);

-- One matter that goes over; of a thing no account has (a product, a team) without an account.
CREATE TABLE handover_item (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  handover_id TEXT COLLATE "C" NOT NULL REFERENCES handover (id),
  position BIGINT NOT NULL,
  matter TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C",
  title TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  to_person_id TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL,
  refusal TEXT COLLATE "C" NOT NULL,
  value_before TEXT COLLATE "C" NOT NULL,
  done_at_us BIGINT,
  done_by_name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX handover_item_by_place ON handover_item (handover_id, position);
CREATE INDEX handover_item_by_account ON handover_item (account_id);
CREATE INDEX handover_item_by_successor ON handover_item (to_person_id);

CREATE TABLE manager_decision (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  manager_id TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  measures TEXT COLLATE "C" NOT NULL,
  seen_by TEXT COLLATE "C" NOT NULL,
  until_on TEXT COLLATE "C" NOT NULL,
  decided_on TEXT COLLATE "C" NOT NULL,
  decided_by TEXT COLLATE "C",
  decided_by_name TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  ended_on TEXT COLLATE "C",
  ended_by_name TEXT COLLATE "C" NOT NULL,
  ending TEXT COLLATE "C" NOT NULL,
  handover_id TEXT COLLATE "C",
  version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL
);
CREATE INDEX manager_decision_by_account ON manager_decision (account_id, decided_on);
CREATE INDEX manager_decision_by_manager ON manager_decision (manager_id);
