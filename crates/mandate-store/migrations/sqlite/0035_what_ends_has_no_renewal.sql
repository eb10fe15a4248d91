-- What is said to end and gave the day of a renewal alone: the day before is its last, as it was read already.
UPDATE contract SET ends_on = date(renews_on, '-1 day'), renews_on = NULL
 WHERE renewal = 'ends' AND renews_on IS NOT NULL AND (ends_on IS NULL OR ends_on = date(renews_on, '-1 day'));
