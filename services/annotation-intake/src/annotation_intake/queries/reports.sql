-- Reports begin with a project's batches and look their labels up (OFFSET 0): a label of another
-- project costs nothing. A label belongs to the task that its submission names, by the collation of
-- whose index it is found.

-- name: touch_reports
-- $1 projects.
INSERT INTO unreported (project) SELECT unnest($1::text[])

-- name: take_touched
DELETE FROM unreported RETURNING project

-- name: list_forecasts
-- $1 projects: labels that open remediations still need, less those they have.
WITH wanted AS (
    SELECT DISTINCT ON (project) project, overlap FROM definitions
    WHERE project = ANY ($1::text[]) ORDER BY project, revision DESC
), given AS (
    SELECT batches.remediation_id, sum(done.labels) AS labels
    FROM batches
    JOIN demands USING (remediation_id)
    JOIN tasks USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS labels FROM submissions JOIN labels USING (label_id, revision)
        WHERE submissions.task_id = tasks.task_id COLLATE "default"
            AND labels.status = 'accepted'
    ) AS done
    WHERE batches.project = ANY ($1::text[]) AND NOT demands.closed
        AND NOT tasks.golden AND tasks.tier = 'tier1'
    GROUP BY 1
)
SELECT project, count(*) AS remediations,
    sum(greatest(items * overlap - coalesce(given.labels, 0), 0)) AS labels
FROM demands JOIN wanted USING (project) LEFT JOIN given USING (remediation_id)
WHERE NOT closed GROUP BY project ORDER BY project

-- name: list_backlogs
-- $1 projects: labels that are still wanted, of each project and tier.
SELECT tasks.project, tier, sum(greatest(overlap - given.labels, 0)) AS labels, count(*) AS tasks
FROM batches
JOIN tasks USING (batch_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS labels FROM submissions JOIN labels USING (label_id, revision)
    WHERE submissions.task_id = tasks.task_id COLLATE "default" AND labels.status = 'accepted'
) AS given
WHERE batches.project = ANY ($1::text[]) AND NOT completed
GROUP BY tasks.project, tier ORDER BY tasks.project, tier

-- name: list_throughputs
-- $1 projects, $2 since: accepted labels of each project, vendor and pool submitted since then.
SELECT batches.project, vendor, pool, count(*) AS labels
FROM batches
JOIN tasks USING (batch_id)
CROSS JOIN LATERAL (
    SELECT vendor, pool FROM submissions JOIN labels USING (label_id, revision)
    WHERE submissions.task_id = tasks.task_id COLLATE "default"
        AND labels.status = 'accepted' AND submitted_at >= $2
    OFFSET 0
) AS given
WHERE batches.project = ANY ($1::text[]) GROUP BY 1, 2, 3

-- name: list_scorecards
-- $1 projects: what became of each vendor's labels.
WITH standing AS (
    SELECT tasks.project, latest.vendor, labels.label_id, labels.status, revisions.number,
        extract(epoch FROM first.submitted_at - batches.requested_at) / 3600 AS hours
    FROM batches
    JOIN tasks USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT DISTINCT label_id FROM submissions
        WHERE submissions.task_id = tasks.task_id COLLATE "default"
        OFFSET 0
    ) AS named
    JOIN labels ON labels.label_id = named.label_id AND labels.task_id = tasks.task_id
    JOIN LATERAL (
        SELECT count(*) AS number, min(revision) AS lowest, max(revision) AS highest
        FROM submissions WHERE submissions.label_id = labels.label_id
    ) AS revisions ON true
    JOIN submissions AS first
        ON first.label_id = labels.label_id AND first.revision = revisions.lowest
    JOIN submissions AS latest
        ON latest.label_id = labels.label_id AND latest.revision = revisions.highest
    WHERE batches.project = ANY ($1::text[])
), labelled AS (
    SELECT project, vendor, count(*) FILTER (WHERE status = 'accepted') AS accepted,
        avg((status = 'rejected' OR number > 1)::integer) FILTER (WHERE status <> 'withdrawn')
            AS rework,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) FILTER (WHERE status = 'accepted')
            AS lead_time_p95_hours
    FROM standing GROUP BY project, vendor
), golden AS (
    SELECT project, vendor, count(*) FILTER (WHERE correct) AS correct, count(*) AS total
    FROM golden_scores WHERE project = ANY ($1::text[]) GROUP BY project, vendor
), cohorts AS (
    SELECT DISTINCT ON (project, scope_value) project, split_part(scope_value, '/', 1) AS vendor,
        value, labels
    FROM agreements WHERE scope = 'cohort' AND project = ANY ($1::text[])
    ORDER BY project, scope_value, measured_at DESC, digest DESC
), agreed AS (
    SELECT project, vendor, sum(value * labels) / nullif(sum(labels), 0) AS alpha
    FROM cohorts WHERE value IS NOT NULL GROUP BY project, vendor
), paid AS (
    SELECT project, vendor, sum(amount) AS amount, min(currency) AS currency
    FROM costs WHERE project = ANY ($1::text[])
    GROUP BY project, vendor HAVING count(DISTINCT currency) = 1
)
SELECT project, vendor, accepted, coalesce(golden.correct, 0) AS golden_correct,
    coalesce(golden.total, 0) AS golden_total, alpha, rework::double precision,
    lead_time_p95_hours, amount / nullif(accepted, 0) AS cost_per_accepted_label, currency
FROM labelled
LEFT JOIN golden USING (project, vendor)
LEFT JOIN agreed USING (project, vendor)
LEFT JOIN paid USING (project, vendor)
ORDER BY project, vendor

-- name: announce
-- $1 kind, $2 names, $3 digests; returns the names whose digest is new.
INSERT INTO announcements AS known (kind, name, digest)
SELECT $1, * FROM unnest($2::text[], $3::text[])
ON CONFLICT (kind, name) DO UPDATE SET digest = excluded.digest
WHERE known.digest <> excluded.digest
RETURNING name
