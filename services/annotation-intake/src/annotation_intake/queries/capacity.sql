-- name: add_pools
-- Of several events of one revision the earliest counts.
INSERT INTO pools AS known (project, vendor, pool, revision, document, defined_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::jsonb[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (project, vendor, pool, revision) DO UPDATE SET
    document = excluded.document, defined_at = excluded.defined_at, digest = excluded.digest
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)

-- name: list_pools
-- $1 projects: the pools in force.
SELECT DISTINCT ON (project, vendor, pool) document FROM pools
WHERE project = ANY ($1::text[])
ORDER BY project, vendor, pool, revision DESC

-- name: add_capacity_requests
INSERT INTO capacity_requests AS known
    (request_id, project, vendor, pool, annotators, requested_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (request_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, pool = excluded.pool,
    annotators = excluded.annotators, requested_at = excluded.requested_at,
    digest = excluded.digest
WHERE (excluded.requested_at, excluded.digest) < (known.requested_at, known.digest)

-- name: list_capacity_requests
-- $1 projects: requests with the agreement that was known to hold when they were made, of the
-- project or else of the batch measured last.
SELECT request_id, project, vendor, pool, annotators, requested_at, granted,
    capacity_requests.agreement_lower, capacity_requests.floor, told_revision,
    measured.lower, agreement_floor(project, requested_at) AS floor_then
FROM capacity_requests
LEFT JOIN LATERAL (
    SELECT lower FROM agreements
    WHERE agreements.project = capacity_requests.project AND scope IN ('project', 'batch')
        AND measured_at <= requested_at
    ORDER BY scope = 'project' DESC, measured_at DESC, agreements.digest DESC LIMIT 1
) AS measured ON true
WHERE project = ANY ($1::text[]) ORDER BY request_id

-- name: save_growth
-- $1 request ids, $2 verdicts, $3 lower bounds, $4 floors: told once more.
UPDATE capacity_requests SET granted = told.granted, agreement_lower = told.lower,
    floor = told.floor, told_revision = told_revision + 1
FROM unnest($1::text[], $2::boolean[], $3::double precision[], $4::double precision[])
    AS told (request_id, granted, lower, floor)
WHERE capacity_requests.request_id = told.request_id

-- name: add_demands
-- $1 remediation ids, $2 projects, $3 numbers of items.
INSERT INTO demands (remediation_id, project, items)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[])
ON CONFLICT (remediation_id) DO UPDATE SET project = excluded.project,
    items = greatest(demands.items, excluded.items)

-- name: close_demands
-- $1 remediation ids; returns the projects of those that are known.
INSERT INTO demands (remediation_id, closed) SELECT id, true FROM unnest($1::text[]) AS id
ON CONFLICT (remediation_id) DO UPDATE SET closed = true
RETURNING project

-- name: add_costs
INSERT INTO costs AS known (statement_id, project, vendor, amount, currency, reported_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (statement_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, amount = excluded.amount,
    currency = excluded.currency, reported_at = excluded.reported_at, digest = excluded.digest
WHERE (excluded.reported_at, excluded.digest) > (known.reported_at, known.digest)
