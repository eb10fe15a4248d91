-- Notice in months; `notice_on`, the last day on which it counts, is worked out where a contract is saved. What is stored is in days and stays.
ALTER TABLE contract ADD COLUMN
  notice_months BIGINT;
ALTER TABLE amendment ADD COLUMN
  notice_months BIGINT;
