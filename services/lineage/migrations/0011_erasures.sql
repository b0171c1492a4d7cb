-- Whom an erasure waits for: the services that there were when lineage heard of the request. One from
-- before this table has no row and waits for the four that there were then.
CREATE TABLE erasures (
    request_id text NOT NULL,
    services text[] NOT NULL,
    CONSTRAINT erasures_key PRIMARY KEY (request_id)
);

-- What was erased before is not kept as a dead letter either.
INSERT INTO erased_names SELECT DISTINCT item_id FROM tombstones;
