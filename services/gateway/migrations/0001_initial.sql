-- API keys: never the key itself. It has at least 128 bits of entropy, so that one round of
-- SHA-256 protects it as well as a password hash would, at none of the cost per request.
CREATE TABLE api_keys (
    key_hash bytea PRIMARY KEY,
    prefix text NOT NULL,
    name text NOT NULL,
    source text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT api_keys_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_prefix_length CHECK (char_length(prefix) = 12)
);
CREATE INDEX api_keys_prefix ON api_keys (prefix);

-- What has come in: the event id minted from source and id, and a hash of the content.
CREATE TABLE received_events (
    event_id uuid PRIMARY KEY,
    body_hash bytea NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX received_events_received_at ON received_events (received_at);
