-- The runtime's tables, the same in every service's schema.

-- Events whose effects are committed. The row and the effects share a transaction.
CREATE TABLE inbox (
    identity uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- Records that are committed but perhaps not yet on Kafka: one row per batch.
-- EXTERNAL: the payload is not worth compressing for the milliseconds that it lives.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    records bytea NOT NULL,
    record_count integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL;
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Records that could not be handled, byte for byte, with the reason.
CREATE TABLE dead_letters (
    identity uuid PRIMARY KEY,
    topic text NOT NULL,
    kafka_partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    key bytea,
    value bytea,
    headers bytea NOT NULL,
    event_id text,
    event_type text,
    trace_id text,
    code text NOT NULL,
    reason text NOT NULL,
    deliveries integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    resolved_at timestamptz
);
CREATE INDEX dead_letters_created_at ON dead_letters (created_at);
