-- Which custom fields the demo book brought along, so that they go with it.
ALTER TABLE custom_field ADD COLUMN
  demo BIGINT NOT NULL DEFAULT 0;
