-- Webhooks that were signed well and could not be read, or not wholly: kept without the secrets that
-- vendors send along, until they are read again after a repair, or pruned.
CREATE TABLE kept_webhooks (
    kept_id uuid PRIMARY KEY,
    tool text NOT NULL,
    connection text NOT NULL,
    received_at timestamptz NOT NULL,
    problems jsonb NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX kept_webhooks_received_at ON kept_webhooks (received_at);
