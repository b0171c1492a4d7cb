-- name: find_keys
-- The keys of a prefix; the caller compares their hashes.
SELECT key_hash, name, source, scopes, expires_at FROM api_keys WHERE prefix = $1

-- name: add_key
-- A key; one that is there already stays as it is.
INSERT INTO api_keys (key_hash, prefix, name, source, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (key_hash) DO NOTHING

-- name: list_keys
-- All keys, the newest first; without their hashes.
SELECT name, prefix, source, scopes, created_at, expires_at FROM api_keys ORDER BY created_at DESC

-- name: end_keys
-- $1 prefix, $2 time: keys that are accepted until then; returns their names.
UPDATE api_keys SET expires_at = $2
WHERE prefix = $1 AND (expires_at IS NULL OR expires_at > $2) RETURNING name

-- name: claim_events
-- Claim the ids that are new; two requests with one id: the second waits for the first to end.
INSERT INTO received_events (event_id, body_hash, received_at)
SELECT event_id, body_hash, $3
FROM unnest($1::uuid[], $2::bytea[]) AS events (event_id, body_hash)
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id

-- name: known_hashes
-- What came in under ids that were not new.
SELECT event_id, body_hash FROM received_events WHERE event_id = ANY ($1::uuid[])

-- name: prune_events
-- Forget up to $2 events received before $1: none of them will be sent again.
DELETE FROM received_events WHERE event_id IN (
    SELECT event_id FROM received_events WHERE received_at < $1
    ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
)

-- name: keep_webhook
-- $1 id, $2 tool, $3 connection, $4 time, $5 problems, $6 body; the same body is kept once.
INSERT INTO kept_webhooks (kept_id, tool, connection, received_at, problems, body)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kept_id) DO NOTHING

-- name: forget_webhooks
-- $1 names as they are written in JSON.
DELETE FROM kept_webhooks
WHERE EXISTS (SELECT FROM unnest($1::bytea[]) AS named WHERE position(named IN body) > 0)
RETURNING kept_id

-- name: add_erasure_chunk
INSERT INTO erasure_chunks (request_id, chunk, webhooks) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT erasure_chunks_key DO NOTHING

-- name: erasure_chunks
SELECT count(*) AS chunks, sum(webhooks) AS webhooks FROM erasure_chunks WHERE request_id = $1

-- name: prune_webhooks
-- $1 time: forget what was kept before it.
DELETE FROM kept_webhooks WHERE received_at < $1
