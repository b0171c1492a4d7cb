-- name: add_sources
-- The earliest event of an id counts, whatever the order of arrival.
INSERT INTO sources AS known
    (source_id, project, name, kind, provenance, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (source_id) DO UPDATE SET
    project = excluded.project, name = excluded.name, kind = excluded.kind,
    provenance = excluded.provenance, submitted_at = excluded.submitted_at,
    digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
RETURNING source_id

-- name: get_sources
-- $1 source ids; with the latest decision of the project's Accountable.
SELECT sources.*, decision.verdict AS decision, coalesce(decision.reason, '') AS decided_because
FROM sources
LEFT JOIN LATERAL (
    SELECT verdict, made.reason FROM source_decisions AS made
    JOIN accountables ON accountables.project = made.project AND accountable = made_by
    WHERE made.source_id = sources.source_id AND made.project = sources.project
    ORDER BY made_at DESC, decision_id DESC LIMIT 1
) AS decision ON true
WHERE source_id = ANY ($1::text[])
ORDER BY source_id

-- name: save_standings
-- $1 source ids, $2 licences, $3 statuses, $4 gates, $5 reasons, $6 approvable.
UPDATE sources SET licence = standing.licence, status = standing.status, gate = standing.gate,
    reason = standing.reason, approvable = standing.approvable
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
    AS standing (source_id, licence, status, gate, reason, approvable)
WHERE sources.source_id = standing.source_id

-- name: list_all_sources
SELECT source_id FROM sources

-- name: list_decided_sources
-- $1 projects.
SELECT DISTINCT source_id FROM source_decisions WHERE project = ANY ($1::text[])

-- name: add_source_decisions
INSERT INTO source_decisions (source_id, project, verdict, reason, made_by, made_at, decision_id)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[]
)
ON CONFLICT DO NOTHING

-- name: add_accountables
-- The highest revision of a project's definition counts.
INSERT INTO accountables AS known (project, revision, accountable)
SELECT DISTINCT ON (project) *
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (project, revision, accountable)
ORDER BY project, revision DESC, accountable DESC
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision, accountable = excluded.accountable
WHERE (known.revision, known.accountable) < (excluded.revision, excluded.accountable)
RETURNING project

-- name: save_policy
-- The latest version counts.
INSERT INTO policies AS known (subject, version, document, changed_at, digest)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (subject) DO UPDATE SET
    version = excluded.version, document = excluded.document, changed_at = excluded.changed_at,
    digest = excluded.digest
WHERE (known.changed_at, known.digest) < (excluded.changed_at, excluded.digest)
RETURNING subject

-- name: get_policy
SELECT document FROM policies WHERE subject = $1

-- name: list_projects_of
-- $1 source ids.
SELECT DISTINCT project FROM items WHERE source_id = ANY ($1::text[])

-- name: list_items_of
-- $1 source ids.
SELECT project, item_id FROM items WHERE source_id = ANY ($1::text[]) ORDER BY project, item_id
