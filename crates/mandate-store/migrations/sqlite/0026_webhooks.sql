-- Webhooks: where happenings are sent, what is to be sent, and each attempt. What happened stands in the audit record, which is
-- written with the change itself: an endpoint notes up to where it was read.
CREATE TABLE webhook_endpoint (
  id TEXT NOT NULL PRIMARY KEY,
  address TEXT NOT NULL,
  matters TEXT NOT NULL,
  happenings TEXT NOT NULL,
  reader_id TEXT NOT NULL,
  made_by TEXT,
  pause TEXT NOT NULL,
  secret_key TEXT NOT NULL,
  secret TEXT NOT NULL,
  previous_key TEXT,
  previous_secret TEXT,
  previous_until_us INTEGER,
  read_to INTEGER NOT NULL,
  failing_since_us INTEGER,
  created_at_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE webhook_delivery (
  id TEXT NOT NULL PRIMARY KEY,
  endpoint_id TEXT NOT NULL,
  record_hash TEXT NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL,
  n_tries INTEGER NOT NULL,
  next_at_us INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  ended_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (endpoint_id, record_hash);
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, next_at_us);
CREATE TABLE webhook_attempt (
  id TEXT NOT NULL PRIMARY KEY,
  delivery_id TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  status INTEGER,
  problem TEXT NOT NULL,
  took_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_attempt_by_delivery ON webhook_attempt (delivery_id, id);
