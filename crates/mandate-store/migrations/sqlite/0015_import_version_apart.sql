-- An undo compares what its reader may read: the version of what stands apart is kept beside the record's own.
ALTER TABLE import_change ADD COLUMN
  version_apart INTEGER;
