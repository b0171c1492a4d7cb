-- name: put_due
-- Scopes that have to be measured anew.
INSERT INTO due (project, scope, scope_value)
SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[])
    AS given (project, scope, scope_value)
ORDER BY 1, 2, 3
ON CONFLICT (project, scope, scope_value) DO UPDATE SET revision = nextval('due_revisions')

-- name: mark_projects
-- Everything of these projects has to be held against another floor or schema.
INSERT INTO due (project, scope, scope_value)
SELECT DISTINCT project, scope, scope_value FROM tallies WHERE project = ANY ($1::text[])
UNION
SELECT unnest($1::text[]), 'consensus', ''
ORDER BY 1, 2, 3
ON CONFLICT (project, scope, scope_value) DO UPDATE SET revision = nextval('due_revisions')

-- name: list_due
-- What waits longest to be measured, in projects that are known.
SELECT project, scope, scope_value, due.revision FROM due JOIN projects USING (project)
ORDER BY due.revision LIMIT $1

-- name: drop_due
-- What was measured and has not changed meanwhile.
DELETE FROM due WHERE (project, scope, scope_value, revision) IN (
    SELECT project, scope, scope_value, revision FROM due
    JOIN unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        AS given (project, scope, scope_value, revision)
        USING (project, scope, scope_value, revision)
    FOR UPDATE OF due SKIP LOCKED
)

-- name: lead_measuring
-- One member of the service measures at a time.
SELECT pg_try_advisory_xact_lock(hashtextextended('qa measures', 0))
