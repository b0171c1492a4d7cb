-- name: lock_projects
-- Until the end of the transaction nobody else decides anything about these projects.
SELECT pg_advisory_xact_lock(hashtextextended('qa/' || project, 0))
FROM (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY 1) AS ordered

-- name: put_projects
-- The highest revision counts. Returns the projects that changed.
INSERT INTO projects AS known
    (project, revision, agreement_floor, kind, categories, accountable)
SELECT DISTINCT ON (project) project, revision, agreement_floor, kind,
    ARRAY(SELECT jsonb_array_elements_text(categories::jsonb)), accountable
FROM unnest($1::text[], $2::integer[], $3::double precision[], $4::text[], $5::text[], $6::text[])
    AS given (project, revision, agreement_floor, kind, categories, accountable)
ORDER BY project, revision DESC, agreement_floor DESC, kind COLLATE "C" DESC, categories::jsonb DESC,
    accountable COLLATE "C" DESC
ON CONFLICT (project) DO UPDATE
SET revision = excluded.revision, agreement_floor = excluded.agreement_floor,
    kind = excluded.kind, categories = excluded.categories, accountable = excluded.accountable
WHERE (known.revision, known.agreement_floor, known.kind COLLATE "C",
        to_jsonb(known.categories), coalesce(known.accountable, ''))
    < (excluded.revision, excluded.agreement_floor, excluded.kind, to_jsonb(excluded.categories),
        excluded.accountable)
RETURNING project

-- name: list_programs
-- What the given projects label, and the floor of their definition.
SELECT project, agreement_floor, kind, categories FROM projects WHERE project = ANY ($1::text[])

-- name: list_sections
-- Which sections of the given projects' guidelines tell which values apart: one for a pair.
SELECT project, guideline_version, value, other_value, min(section) AS section
FROM guideline_sections WHERE project = ANY ($1::text[])
GROUP BY project, guideline_version, value, other_value

-- name: add_sections
-- Several sections may claim a pair. Returns the projects that have new ones.
WITH added AS (
    INSERT INTO guideline_sections (project, guideline_version, value, other_value, section)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    ON CONFLICT DO NOTHING RETURNING project
)
SELECT DISTINCT project FROM added

-- name: put_methods
-- The highest revision counts. Returns the projects that changed.
INSERT INTO consensus_methods AS known (project, revision, method)
SELECT DISTINCT ON (project) project, revision, method
FROM unnest($1::text[], $2::integer[], $3::text[]) AS given (project, revision, method)
ORDER BY project, revision DESC, method COLLATE "C" DESC
ON CONFLICT (project) DO UPDATE SET revision = excluded.revision, method = excluded.method
WHERE (known.revision, known.method COLLATE "C") < (excluded.revision, excluded.method)
RETURNING project
