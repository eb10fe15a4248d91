-- What is said to end and gave the day of a renewal alone: the day before is its last, as it was read already.
UPDATE contract SET ends_on = to_char(renews_on::date - 1, 'YYYY-MM-DD'), renews_on = NULL
 WHERE renewal = 'ends' AND renews_on IS NOT NULL AND (ends_on IS NULL OR ends_on = to_char(renews_on::date - 1, 'YYYY-MM-DD'));
