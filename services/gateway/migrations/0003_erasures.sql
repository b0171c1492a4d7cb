-- Which chunks of an erasure's names have come, and how many webhooks went with each.
CREATE TABLE erasure_chunks (
    request_id text NOT NULL,
    chunk integer NOT NULL,
    webhooks integer NOT NULL,
    CONSTRAINT erasure_chunks_key PRIMARY KEY (request_id, chunk)
);
