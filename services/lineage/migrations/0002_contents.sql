-- Contents of items: the only table here that may hold personal data, so that an erasure knows where
-- to go. `content_hash` stays in the graph; what it was the hash of does not.
CREATE TABLE item_contents (
    item_id text PRIMARY KEY,
    text text,
    uri text,
    media_type text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

-- Items that are gone for good. A tombstone is set before, with or after the item's events; nothing
-- brings its content back. Several subjects may ask for one item; the subject is a pseudonym.
CREATE TABLE tombstones (
    item_id text NOT NULL,
    subject text NOT NULL,
    project text NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT tombstones_key PRIMARY KEY (item_id, subject)
);

-- Rows in the order of exports, which must not depend on the database's collation.
CREATE INDEX version_rows_canonical ON version_rows (version_id, item_id COLLATE "C");
