-- name: add_work_requests
-- $1 vendors, $2 request ids, $3 projects, $4 annotators, $5 now; returns those that are new.
INSERT INTO work_requests (vendor, request_id, project, annotator, answered_at)
SELECT *, $5::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT DO NOTHING
RETURNING vendor, request_id

-- name: save_answers
-- $1 vendors, $2 request ids, $3 pools, $4 until when, $5 reasons.
UPDATE work_requests SET pool = answer.pool, expires_at = answer.expires_at, reason = answer.reason
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    AS answer (vendor, request_id, pool, expires_at, reason)
WHERE (work_requests.vendor, work_requests.request_id) = (answer.vendor, answer.request_id)

-- name: list_requesters
-- $1 projects, $2 vendors, $3 annotators, $4 pools or null: in this order, the rules of the project
-- (its latest definition), the first pool by name that has the annotator, their skills there.
SELECT rules.golden_rate, rules.qualified_only, rules.assignment_seconds, member.pool,
    member.skills, EXISTS (
        SELECT FROM suspensions WHERE suspensions.project = wanted.project
            AND suspensions.vendor = wanted.vendor AND suspensions.annotator = wanted.annotator
    ) AS suspended
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS wanted (project, vendor, annotator, pool, place)
LEFT JOIN LATERAL (
    SELECT golden_rate, qualified_only, assignment_seconds FROM definitions
    WHERE definitions.project = wanted.project ORDER BY revision DESC LIMIT 1
) AS rules ON true
LEFT JOIN LATERAL (
    SELECT in_force.pool, member -> 'skills' AS skills
    FROM (
        SELECT DISTINCT ON (pool) pool, document FROM pools
        WHERE pools.project = wanted.project AND pools.vendor = wanted.vendor
        ORDER BY pool, revision DESC
    ) AS in_force, jsonb_array_elements(document -> 'members') AS member
    WHERE member ->> 'annotator' = wanted.annotator
        AND (wanted.pool IS NULL OR in_force.pool = wanted.pool)
    ORDER BY in_force.pool LIMIT 1
) AS member ON true
ORDER BY wanted.place

-- name: list_candidates
-- $1 places of the requests, $2 projects, $3 vendors, $4 annotators, $5 tiers or null, $6 domains as
-- JSON, [] for any, $7 whether they must be qualified, $8 how many at most, $9 now: open tasks, of
-- the oldest batch first, golden ones and others each up to that many. An item of a batch is for one
-- person once, at whatever tier; who is not qualified where they must be gets golden items.
-- A batch's tasks are walked in the order of their index, only until there are enough. Columns
-- without the collation "C" of tasks are compared under their own, which is that of their indexes.
SELECT wanted.place, found.*
FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[],
    $7::boolean[], $8::integer[]) AS wanted
    (place, project, vendor, annotator, tier, domains, qualified_only, at_most)
CROSS JOIN (VALUES (false), (true)) AS half (golden)
CROSS JOIN LATERAL (
    SELECT open.*, batches.requested_at
    FROM batches
    CROSS JOIN LATERAL (
        SELECT tasks.task_id, tasks.batch_id, tasks.item_id, tasks.golden, standing.places
        FROM tasks
        CROSS JOIN LATERAL (
            SELECT tasks.overlap - count(*)::integer AS places
            FROM (
                SELECT submissions.vendor, submissions.annotator
                FROM submissions JOIN labels USING (label_id, revision)
                WHERE submissions.task_id = tasks.task_id COLLATE "default"
                    AND labels.status = 'accepted' AND NOT EXISTS (
                        SELECT FROM suspensions WHERE suspensions.project = tasks.project
                            AND suspensions.vendor = submissions.vendor
                            AND suspensions.annotator = submissions.annotator
                    )
                UNION
                SELECT assignments.vendor, assignments.annotator FROM assignments
                WHERE assignments.task_id = tasks.task_id AND outcome IS NULL
            ) AS holders
        ) AS standing
        WHERE tasks.batch_id = batches.batch_id AND tasks.golden = half.golden
            AND NOT tasks.completed AND NOT tasks.given_out
            AND (wanted.tier IS NULL OR tasks.tier = wanted.tier)
            AND NOT wanted.annotator = ANY (tasks.excluded)
            AND (wanted.domains = '[]'
                OR coalesce(wanted.domains ? (tasks.slices ->> 'domain'), true))
            AND (NOT wanted.qualified_only OR (tasks.golden AND tasks.tier = 'tier1') OR EXISTS (
                SELECT FROM qualifications
                WHERE qualifications.project = wanted.project
                    AND qualifications.vendor = wanted.vendor
                    AND qualifications.annotator = wanted.annotator
                    AND qualifications.guideline_version = tasks.guideline_version
                    AND qualifications.domain = coalesce(tasks.slices ->> 'domain', 'any')
                    AND qualifications.expires_at > $9
            ))
            AND NOT EXISTS (
                SELECT FROM tasks AS same
                CROSS JOIN LATERAL (
                    SELECT vendor, annotator FROM submissions
                    WHERE submissions.task_id = same.task_id COLLATE "default"
                    UNION ALL
                    SELECT vendor, annotator FROM assignments
                    WHERE assignments.task_id = same.task_id AND outcome IS NULL
                ) AS person
                WHERE same.batch_id = tasks.batch_id AND same.item_id = tasks.item_id
                    AND person.annotator = wanted.annotator
                    AND (person.vendor = wanted.vendor OR tasks.tier <> 'tier1')
            )
            AND standing.places > 0
        ORDER BY tasks.task_id
        LIMIT wanted.at_most
    ) AS open
    WHERE batches.project = wanted.project
    ORDER BY batches.requested_at, batches.batch_id, open.task_id
    LIMIT wanted.at_most
) AS found

-- name: add_assignments
-- $1 vendors, $2 request ids, $3 task ids, $4 projects, $5 annotators, $6 until when.
INSERT INTO assignments (vendor, request_id, task_id, project, annotator, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[])

-- name: save_given_out
-- $1 task ids, $2 whether there is no place left.
UPDATE tasks SET given_out = $2 WHERE task_id = ANY ($1::text[]) AND given_out <> $2

-- name: end_expired
-- $1 now, $2 how many at most: assignments whose time is up; what became of each.
UPDATE assignments SET outcome = CASE WHEN is_labelled(assignments) THEN 'labelled'
    ELSE 'expired' END
WHERE (vendor, request_id, task_id) IN (
    SELECT vendor, request_id, task_id FROM assignments
    WHERE outcome IS NULL AND expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING vendor, request_id, task_id, project, annotator, outcome

-- name: end_suspended
-- $1 projects, $2 vendors, $3 annotators: what they still have; what became of each.
UPDATE assignments SET outcome = CASE WHEN is_labelled(assignments) THEN 'labelled'
    ELSE 'suspended' END
FROM unnest($1::text[], $2::text[], $3::text[]) AS suspended (project, vendor, annotator)
WHERE assignments.project = suspended.project AND assignments.vendor = suspended.vendor
    AND assignments.annotator = suspended.annotator AND outcome IS NULL
RETURNING assignments.vendor, request_id, task_id, assignments.project, assignments.annotator,
    outcome

-- name: list_assignees
-- $1 task ids: to whom they were ever assigned.
SELECT DISTINCT task_id, vendor, annotator FROM assignments WHERE task_id = ANY ($1::text[])
