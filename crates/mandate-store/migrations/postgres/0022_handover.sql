-- Promises and expectations: whether delivery accepted a promise, who said so, when, and in which words; which expectations a client's
-- people see.

ALTER TABLE promise ADD COLUMN
  handover TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN
  handover_by_id TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN
  handover_on TEXT COLLATE "C";
ALTER TABLE promise ADD COLUMN
  handover_words TEXT COLLATE "C" NOT NULL DEFAULT '';

-- `by_client` is 1 for what the client wrote itself, which stays theirs to see.
CREATE TABLE expectation_share (
  expectation_id TEXT COLLATE "C" NOT NULL REFERENCES expectation (id),
  account_id TEXT COLLATE "C" NOT NULL,
  by_client BIGINT NOT NULL,
  shared_by TEXT COLLATE "C",
  shared_at_us BIGINT NOT NULL,
  PRIMARY KEY (expectation_id, account_id)
);
CREATE INDEX expectation_share_by_account ON expectation_share (account_id);

-- The candid conversation: which expectations a communication dealt with, what each side said, what was agreed, when to look again.
ALTER TABLE communication ADD COLUMN
  expectations TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  said_by_client TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  said_by_us TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  agreed TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  next_on TEXT COLLATE "C";
