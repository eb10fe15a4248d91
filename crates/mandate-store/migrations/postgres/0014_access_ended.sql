-- By whom the access of a client's person was ended: 1 when their own administrator did, who may then let them in again. What
-- we ended only we reopen; nobody knows who ended what was ended before, so all of that counts as ended by us.
ALTER TABLE app_user ADD COLUMN
  ended_by_client BIGINT NOT NULL DEFAULT 0;
