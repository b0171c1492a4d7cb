-- name: put_tallies
-- Add to what is counted, and forget what is counted no more.
WITH changed AS (
    INSERT INTO tallies AS known (project, scope, scope_value, kind, digest, content, units)
    SELECT project, scope, scope_value, kind, sha256(convert_to(content, 'UTF8')), content, units
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
        AS given (project, scope, scope_value, kind, content, units)
    ORDER BY project, scope, scope_value, kind, content
    ON CONFLICT (project, scope, scope_value, kind, digest)
    DO UPDATE SET units = known.units + excluded.units
    RETURNING project, scope, scope_value, kind, digest, units
)
SELECT project, scope, scope_value, kind, digest FROM changed WHERE units = 0

-- name: drop_tallies
-- Forget what is counted no more.
DELETE FROM tallies WHERE (project, scope, scope_value, kind, digest) IN (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
)

-- name: lead_backfill
-- One backfill of a project at a time; until the connection closes.
SELECT pg_advisory_lock(hashtextextended('qa backfill/' || $1, 0))

-- name: list_tallies
-- What is counted in the given scopes.
SELECT project, scope, scope_value, kind, content, units
FROM tallies JOIN unnest($1::text[], $2::text[], $3::text[])
    AS given (project, scope, scope_value) USING (project, scope, scope_value)
ORDER BY project, scope, scope_value, kind, content

-- name: list_tallies_of_project
-- Everything that is counted of a project.
SELECT scope, scope_value, kind, content, units FROM tallies WHERE project = $1
