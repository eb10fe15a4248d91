-- How files from one place are read: remembered under the name of where they come from, and offered again for the same header.
CREATE TABLE import_mapping (
  source TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  header_digest TEXT COLLATE "C" NOT NULL,
  mapping TEXT COLLATE "C" NOT NULL,
  updated_at_us BIGINT NOT NULL,
  PRIMARY KEY (source, kind)
);

-- A row of a file is compared with people of the same address.
CREATE INDEX person_by_email ON person (email);
