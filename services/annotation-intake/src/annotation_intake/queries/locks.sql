-- name: lock
-- $1 names. Sorted, so that two members of the group never wait for each other in a circle; the
-- locks end with the transaction.
SELECT pg_advisory_xact_lock(key)
FROM (
    SELECT DISTINCT hashtextextended('annotation-intake/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: lock_shared
-- Like lock; many may hold it, but none while another holds it alone.
SELECT pg_advisory_xact_lock_shared(key)
FROM (
    SELECT DISTINCT hashtextextended('annotation-intake/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys
