-- name: add_briefs
-- The latest approval of a remediation counts.
INSERT INTO briefs AS known
    (brief_id, project, remediation_id, slices, quota, approved_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::integer[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (brief_id) DO UPDATE SET
    project = excluded.project, slices = excluded.slices, quota = excluded.quota,
    approved_at = excluded.approved_at, digest = excluded.digest
WHERE (excluded.approved_at, excluded.digest) > (known.approved_at, known.digest)
RETURNING brief_id

-- name: add_requests
-- The latest request of a remediation counts.
INSERT INTO remediation_requests AS known
    (remediation_id, priority, due_at, requested_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::double precision[], $3::timestamptz[], $4::timestamptz[], $5::text[]
)
ON CONFLICT (remediation_id) DO UPDATE SET
    priority = excluded.priority, due_at = excluded.due_at,
    requested_at = excluded.requested_at, digest = excluded.digest
WHERE (known.requested_at, known.digest) < (excluded.requested_at, excluded.digest)
RETURNING remediation_id

-- name: get_briefs
-- $1 brief ids, or null for all, $2 projects, $3 an origin or null; the order is that of serving.
SELECT briefs.*, request.priority, request.due_at
FROM briefs LEFT JOIN remediation_requests AS request USING (remediation_id)
WHERE project = ANY ($2::text[]) AND ($1::text[] IS NULL OR brief_id = ANY ($1::text[]))
    AND ($3::text IS NULL OR origin = $3)
ORDER BY approved_at, brief_id

-- name: list_projects_of_remediations
-- $1 remediation ids.
SELECT brief_id, project FROM briefs WHERE remediation_id = ANY ($1::text[])

-- name: list_rivals
-- $1 projects, $2 slices, $3 times of items without a brief of their own. The projects in which one
-- of them lay in the pool when a brief was approved.
SELECT DISTINCT briefs.project
FROM unnest($1::text[], $2::jsonb[], $3::timestamptz[]) AS moved (project, slices, submitted_at)
JOIN briefs ON briefs.project = moved.project AND briefs.origin = 'remediation'
    AND moved.slices @> briefs.slices AND moved.submitted_at < briefs.approved_at

-- name: list_candidates
-- $1 brief ids. For each first what lay in the pool, unused, when it was approved: the earliest of
-- every combination of slices and source, then the second of each, so that few items show much.
-- Then the items that answer it, the earliest first. At most as many as it and the briefs before it
-- may take, and no more of each combination are read, however large the pool.
SELECT brief_id, candidate.item_id, candidate.from_pool
FROM (
    SELECT *, sum(quota) OVER (PARTITION BY project ORDER BY approved_at, brief_id) AS most
    FROM briefs WHERE brief_id = ANY ($1::text[]) AND origin = 'remediation'
) AS brief
CROSS JOIN LATERAL (
    SELECT item_id, from_pool, round, submitted_at FROM (
        SELECT earliest.item_id, true AS from_pool, earliest.submitted_at, earliest.round
        FROM slice_counts
        JOIN sources USING (project)
        CROSS JOIN LATERAL (
            SELECT items.item_id, items.submitted_at,
                row_number() OVER (ORDER BY items.submitted_at, items.item_id) AS round
            FROM items
            LEFT JOIN item_uses USING (project, item_id)
            WHERE items.project = slice_counts.project AND items.slices = slice_counts.slices
                AND items.source_id = sources.source_id
                AND items.status = 'accepted' AND items.brief_id IS NULL
                AND items.submitted_at < brief.approved_at
                AND (item_uses.used_at IS NULL OR item_uses.used_at >= brief.approved_at)
            ORDER BY items.submitted_at, items.item_id
            LIMIT brief.most
        ) AS earliest
        WHERE slice_counts.project = brief.project AND slice_counts.slices @> brief.slices
        UNION ALL
        (
            SELECT item_id, false, submitted_at, NULL
            FROM items
            WHERE project = brief.project AND items.brief_id = brief.brief_id
                AND status = 'accepted' AND slices @> brief.slices
            ORDER BY submitted_at, item_id
            LIMIT brief.most
        )
    ) AS fitting
    ORDER BY round NULLS LAST, submitted_at, item_id
    LIMIT brief.most
) AS candidate
ORDER BY approved_at, brief_id, round NULLS LAST, submitted_at, candidate.item_id

-- name: save_choices
-- $1 brief ids, $2 item ids as JSON arrays, $3 how many of them were in the pool.
UPDATE briefs SET from_pool = choice.from_pool,
    item_ids = ARRAY(SELECT jsonb_array_elements_text(choice.item_ids))
FROM unnest($1::text[], $2::jsonb[], $3::integer[]) AS choice (brief_id, item_ids, from_pool)
WHERE briefs.brief_id = choice.brief_id

-- name: save_deficits
-- Briefs from coverage: $1 ids, $2 projects, $3 slices, $4 quotas, $5 reasons, $6 times of the
-- weights.
INSERT INTO briefs (brief_id, project, slices, quota, reason, approved_at, digest, origin)
SELECT brief_id, project, slices, quota, reason, set_at, '', 'coverage'
FROM unnest(
    $1::text[], $2::text[], $3::jsonb[], $4::integer[], $5::text[], $6::timestamptz[]
) AS given (brief_id, project, slices, quota, reason, set_at)
ON CONFLICT (brief_id) DO UPDATE SET
    quota = excluded.quota, reason = excluded.reason, approved_at = excluded.approved_at

-- name: drop_briefs
-- $1 brief ids.
DELETE FROM briefs WHERE brief_id = ANY ($1::text[])

-- name: list_answers
-- $1 brief ids; accepted items that name them and lie in their slices, the earliest first.
SELECT items.brief_id, item_id
FROM items JOIN briefs ON briefs.brief_id = items.brief_id AND briefs.project = items.project
WHERE items.brief_id = ANY ($1::text[]) AND status = 'accepted' AND items.slices @> briefs.slices
ORDER BY submitted_at, item_id

-- name: add_uses
-- $1 projects, $2 item ids, $3 when; the first use counts.
INSERT INTO item_uses AS known (project, item_id, used_at)
SELECT project, item_id, min(used_at)
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS given (project, item_id, used_at)
GROUP BY project, item_id
ON CONFLICT (project, item_id) DO UPDATE SET used_at = excluded.used_at
WHERE excluded.used_at < known.used_at
RETURNING project, used_at

-- name: list_shortened
-- $1 projects, $2 times of first use. The projects with a brief that was approved later.
SELECT DISTINCT project
FROM unnest($1::text[], $2::timestamptz[]) AS used (project, used_at)
JOIN briefs USING (project)
WHERE origin = 'remediation' AND used_at < approved_at
