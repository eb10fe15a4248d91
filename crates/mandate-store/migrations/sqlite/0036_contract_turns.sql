-- The next day on which a contract renews or ends, in the words of `reads/turn.rs`: accounts are listed by it.
CREATE INDEX contract_by_turn ON contract ((CASE WHEN (COALESCE(renewal, '') = 'ends' OR renews_on IS NULL OR (COALESCE(renewal, '') = 'automatic' AND ends_on IS NOT NULL)) THEN ends_on ELSE renews_on END), id);
CREATE INDEX contract_by_account_turn ON contract (account_id, (CASE WHEN (COALESCE(renewal, '') = 'ends' OR renews_on IS NULL OR (COALESCE(renewal, '') = 'automatic' AND ends_on IS NOT NULL)) THEN ends_on ELSE renews_on END), deleted_at_us);
