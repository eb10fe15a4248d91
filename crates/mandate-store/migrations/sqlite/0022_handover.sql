-- Promises and expectations: whether delivery accepted a promise, who said so, when, and in which words; which expectations a client's
-- people see.

ALTER TABLE promise ADD COLUMN
  handover TEXT;
ALTER TABLE promise ADD COLUMN
  handover_by_id TEXT;
ALTER TABLE promise ADD COLUMN
  handover_on TEXT;
ALTER TABLE promise ADD COLUMN
  handover_words TEXT NOT NULL DEFAULT '';

-- `by_client` is 1 for what the client wrote itself, which stays theirs to see.
CREATE TABLE expectation_share (
  expectation_id TEXT NOT NULL REFERENCES expectation (id),
  account_id TEXT NOT NULL,
  by_client INTEGER NOT NULL,
  shared_by TEXT,
  shared_at_us INTEGER NOT NULL,
  PRIMARY KEY (expectation_id, account_id)
) STRICT;
CREATE INDEX expectation_share_by_account ON expectation_share (account_id);

-- The candid conversation: which expectations a communication dealt with, what each side said, what was agreed, when to look again.
ALTER TABLE communication ADD COLUMN
  expectations TEXT NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  said_by_client TEXT NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  said_by_us TEXT NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  agreed TEXT NOT NULL DEFAULT '';
ALTER TABLE communication ADD COLUMN
  next_on TEXT;
