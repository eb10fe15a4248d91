-- Webhooks: where happenings are sent, what is to be sent, and each attempt. What happened stands in the audit record, which is
-- written with the change itself: an endpoint notes up to where it was read.
CREATE TABLE webhook_endpoint (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  address TEXT COLLATE "C" NOT NULL,
  matters TEXT COLLATE "C" NOT NULL,
  happenings TEXT COLLATE "C" NOT NULL,
  reader_id TEXT COLLATE "C" NOT NULL,
  made_by TEXT COLLATE "C",
  pause TEXT COLLATE "C" NOT NULL,
  secret_key TEXT COLLATE "C" NOT NULL,
  secret TEXT COLLATE "C" NOT NULL,
  previous_key TEXT COLLATE "C",
  previous_secret TEXT COLLATE "C",
  previous_until_us BIGINT,
  read_to BIGINT NOT NULL,
  failing_since_us BIGINT,
  created_at_us BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE TABLE webhook_delivery (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  endpoint_id TEXT COLLATE "C" NOT NULL,
  record_hash TEXT COLLATE "C" NOT NULL,
  event TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  n_tries BIGINT NOT NULL,
  next_at_us BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  ended_at_us BIGINT
);
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (endpoint_id, record_hash);
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, next_at_us);
CREATE TABLE webhook_attempt (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  delivery_id TEXT COLLATE "C" NOT NULL,
  at_us BIGINT NOT NULL,
  status BIGINT,
  problem TEXT COLLATE "C" NOT NULL,
  took_ms BIGINT NOT NULL
);
CREATE INDEX webhook_attempt_by_delivery ON webhook_attempt (delivery_id, id);
