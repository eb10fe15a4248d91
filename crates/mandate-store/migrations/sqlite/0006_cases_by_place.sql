-- Figures of an account's month read that month's cases of one source, and no others.
DROP INDEX delivery_case_by_source;
CREATE INDEX delivery_case_by_place ON delivery_case (source_id, account_id, month);
