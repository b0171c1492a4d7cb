-- name: list_forecasts
-- $1 project or null for all: labels that open remediations still need, less those they have.
WITH wanted AS (
    SELECT DISTINCT ON (project) project, overlap FROM definitions ORDER BY project, revision DESC
), given AS (
    SELECT batches.remediation_id, count(*) AS labels
    FROM batches JOIN tasks USING (batch_id) JOIN labels ON labels.task_id = tasks.task_id
    WHERE labels.status = 'accepted' AND NOT tasks.golden AND tasks.tier = 'tier1'
    GROUP BY 1
)
SELECT project, count(*) AS remediations,
    sum(greatest(items * overlap - coalesce(given.labels, 0), 0)) AS labels
FROM demands JOIN wanted USING (project) LEFT JOIN given USING (remediation_id)
WHERE NOT closed AND ($1::text IS NULL OR project = $1) GROUP BY project ORDER BY project

-- name: list_backlogs
-- $1 project or null for all: labels that are still wanted, of each project and tier.
SELECT project, tier, sum(greatest(overlap - coalesce(given.labels, 0), 0)) AS labels,
    count(*) AS tasks
FROM tasks
LEFT JOIN (
    SELECT task_id, count(*) AS labels FROM labels WHERE status = 'accepted' GROUP BY task_id
) AS given USING (task_id)
WHERE project IS NOT NULL AND NOT completed AND ($1::text IS NULL OR project = $1)
GROUP BY project, tier ORDER BY project, tier

-- name: list_throughputs
-- $1 since: accepted labels of each project, vendor and pool submitted since then.
SELECT tasks.project, vendor, pool, count(*) AS labels
FROM submissions
JOIN labels USING (label_id, revision)
JOIN tasks ON tasks.task_id = labels.task_id
WHERE labels.status = 'accepted' AND submitted_at >= $1 GROUP BY 1, 2, 3

-- name: list_scorecards
-- $1 project or null for all: what became of each vendor's labels.
WITH standing AS (
    SELECT tasks.project, latest.vendor, labels.label_id, labels.status, revisions.number,
        extract(epoch FROM first.submitted_at - batches.requested_at) / 3600 AS hours
    FROM labels
    JOIN tasks ON tasks.task_id = labels.task_id
    JOIN batches ON batches.batch_id = tasks.batch_id
    JOIN LATERAL (
        SELECT count(*) AS number, min(revision) AS lowest, max(revision) AS highest
        FROM submissions WHERE submissions.label_id = labels.label_id
    ) AS revisions ON true
    JOIN submissions AS first
        ON first.label_id = labels.label_id AND first.revision = revisions.lowest
    JOIN submissions AS latest
        ON latest.label_id = labels.label_id AND latest.revision = revisions.highest
    WHERE $1::text IS NULL OR tasks.project = $1
), labelled AS (
    SELECT project, vendor, count(*) FILTER (WHERE status = 'accepted') AS accepted,
        avg((status = 'rejected' OR number > 1)::integer) FILTER (WHERE status <> 'withdrawn')
            AS rework,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) FILTER (WHERE status = 'accepted')
            AS lead_time_p95_hours
    FROM standing GROUP BY project, vendor
), golden AS (
    SELECT project, vendor, count(*) FILTER (WHERE correct) AS correct, count(*) AS total
    FROM golden_scores GROUP BY project, vendor
), cohorts AS (
    SELECT DISTINCT ON (project, scope_value) project, split_part(scope_value, '/', 1) AS vendor,
        value, labels
    FROM agreements WHERE scope = 'cohort'
    ORDER BY project, scope_value, measured_at DESC, digest DESC
), agreed AS (
    SELECT project, vendor, sum(value * labels) / nullif(sum(labels), 0) AS alpha
    FROM cohorts WHERE value IS NOT NULL GROUP BY project, vendor
), paid AS (
    SELECT project, vendor, sum(amount) AS amount, min(currency) AS currency
    FROM costs GROUP BY project, vendor HAVING count(DISTINCT currency) = 1
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
