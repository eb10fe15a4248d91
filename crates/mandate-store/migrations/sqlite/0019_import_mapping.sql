-- How files from one place are read: remembered under the name of where they come from, and offered again for the same header.
CREATE TABLE import_mapping (
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  header_digest TEXT NOT NULL,
  mapping TEXT NOT NULL,
  updated_at_us INTEGER NOT NULL,
  PRIMARY KEY (source, kind)
) STRICT;

-- A row of a file is compared with people of the same address.
CREATE INDEX person_by_email ON person (email);
