-- name: lock_projects
-- One group member at a time recomputes a project; locked in key order, and before any of them a
-- share of the service's lock: no row of the join is there until it is held.
WITH service AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(hashtextextended('feedback-router', 0))
)
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router/' || project, 0))
FROM service, (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY project) AS ordered

-- name: lock_service
-- Decisions name no project and take the service's lock alone, so that a decision and the
-- remediation that it is about cannot miss each other.
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router', 0))
