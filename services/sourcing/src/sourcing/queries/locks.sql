-- name: lock
-- $1 names. Sorted, so that two members of the group never wait for each other in a circle; the
-- locks end with the transaction.
SELECT pg_advisory_xact_lock(key)
FROM (
    SELECT DISTINCT hashtextextended('sourcing/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: share_rules
-- Many may judge by the rules at once.
SELECT pg_advisory_xact_lock_shared(hashtextextended('sourcing/rules', 0))

-- name: lock_rules
-- Who changes the rules does so alone.
SELECT pg_advisory_xact_lock(hashtextextended('sourcing/rules', 0))
