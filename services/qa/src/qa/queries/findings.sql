-- name: put_findings
-- Returns what is new or says something else than before, with its revision.
INSERT INTO findings AS known (kind, scope, subject, payload)
SELECT kind, scope, subject, payload::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS given (kind, scope, subject, payload)
ON CONFLICT (kind, scope, subject) DO UPDATE
SET payload = excluded.payload, revision = known.revision + 1
WHERE known.payload <> excluded.payload
RETURNING kind, scope, subject, revision

-- name: drop_outcomes
-- What is no longer said of the items of the given batches: outcomes of items that turned out to be
-- golden, and overlap asked for items other than these. Both are given as (batch_id, item_id).
DELETE FROM findings
WHERE kind = 'item' AND (scope, subject) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    OR kind = 'overlap' AND scope = ANY ($3::text[])
        AND (scope, subject) NOT IN (SELECT * FROM unnest($4::text[], $5::text[]))

-- name: drop_findings
-- What is no longer said, given as (kind, scope, subject). Returns what was.
DELETE FROM findings
WHERE (kind, scope, subject) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
RETURNING kind, scope, subject, payload

-- name: list_subjects
-- The subjects of a kind and scope that something is said of.
SELECT subject FROM findings WHERE kind = $1 AND scope = $2 ORDER BY subject
