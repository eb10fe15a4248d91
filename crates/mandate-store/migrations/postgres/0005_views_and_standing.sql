-- A view may be shared with everybody and lie in the trash; one view of a list may be a person's first sight of it.
ALTER TABLE saved_view ADD COLUMN
  shared BIGINT NOT NULL DEFAULT 0;
ALTER TABLE saved_view ADD COLUMN
  version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE saved_view ADD COLUMN
  deleted_at_us BIGINT;
CREATE INDEX saved_view_by_list ON saved_view (list, shared);

CREATE TABLE default_view (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
  list TEXT COLLATE "C" NOT NULL,
  view_id TEXT COLLATE "C" NOT NULL REFERENCES saved_view (id),
  PRIMARY KEY (user_id, list)
);

-- The first of the months an account is judged on: several where one has too few cases. None: only the last.
ALTER TABLE account_standing ADD COLUMN
  first_month TEXT COLLATE "C";

-- Cases by their result, and those on which the source and our clock differ, newest first.
CREATE INDEX delivery_case_by_clock ON delivery_case (clock_outcome, last_event_at_us, id);
CREATE INDEX delivery_case_by_reading ON delivery_case (differs, last_event_at_us, id);
