-- Bands are stored by the batch that brought them and looked up in memory: 14 entries in an index
-- cost more than all else about a content. A segment holds, per content, 32 bytes of hash and 14
-- bands of 8 bytes (little-endian); written once and never changed. They do not compress, and
-- stored as they are, one content's bands can be read alone.
CREATE TABLE band_segments (
    project text NOT NULL,
    number bigint NOT NULL,
    written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    hashes bytea STORAGE EXTERNAL NOT NULL,
    bands bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (project, number)
);

-- Where a content's bands are: place -1 without any, null until they are made. The service makes
-- those of the contents that are here already when it starts. The column with the old ones goes with
-- a later release: members of the last one may still run, and write it.
DROP INDEX contents_by_band;
ALTER TABLE contents
    ALTER COLUMN bands DROP NOT NULL, ADD COLUMN segment bigint, ADD COLUMN place integer;
CREATE INDEX contents_unsigned ON contents (project) WHERE place IS NULL;
