-- name: list_complete_batches
-- Those of the given batches whose first-tier tasks are all known and answered, in a known project.
SELECT project, batch_id, agreement_floor, kind, categories, accountable,
    coalesce(method, 'majority') AS method, coverage.verdict AS coverage,
    population_stability_index, max(remediation_id COLLATE "C") AS remediation_id,
    (SELECT max(submitted_at) FROM labels JOIN tasks AS answered USING (task_id)
        WHERE answered.batch_id = tasks.batch_id AND answered.tier = 'tier1') AS ended_at
FROM tasks JOIN projects USING (project)
LEFT JOIN consensus_methods USING (project)
LEFT JOIN coverage USING (project)
WHERE tier = 'tier1' AND batch_id = ANY (ARRAY(
    SELECT batch_id FROM unnest($1::text[]) AS asked (batch_id)
    WHERE NOT EXISTS (
        SELECT FROM tasks AS waiting
        WHERE waiting.batch_id = asked.batch_id AND NOT answered AND tier = 'tier1'
    )
))
GROUP BY project, batch_id, agreement_floor, kind, categories, accountable, method,
    coverage.verdict, population_stability_index
HAVING count(*) >= max(batch_size)
ORDER BY batch_id

-- name: list_items
-- The items of the given batches with their known answers.
SELECT batch_id, item_id, coalesce(max(overlap) FILTER (WHERE tier = 'tier1'), 1) AS overlap,
    min(slices::text) AS slices, max(golden_items.value) AS golden
FROM tasks LEFT JOIN golden_items USING (project, item_id)
WHERE batch_id = ANY ($1::text[])
GROUP BY batch_id, item_id
ORDER BY batch_id, item_id

-- name: list_labels
-- The labels of the given batches that stand, and whether they count.
SELECT tasks.batch_id, tasks.item_id, label_id, labels.vendor, labels.annotator, cohort, value,
    labels.tier, submitted_at,
    annotators.status IS DISTINCT FROM 'suspended'
        AND (trusted_after IS NULL OR submitted_at > trusted_after) AS trusted
FROM tasks JOIN labels USING (task_id)
LEFT JOIN annotators ON (annotators.project, annotators.vendor, annotators.annotator)
    = (tasks.project, labels.vendor, labels.annotator)
WHERE tasks.batch_id = ANY ($1::text[]) AND NOT withdrawn
ORDER BY label_id

-- name: list_anchors
-- Golden answers that those who labelled the given batches gave until a batch ended, the latest
-- 200 of each. Batches come with their ends.
SELECT batch_id, item_id, vendor, annotator, value, truth FROM (
    SELECT asked.batch_id, scored.item_id, scored.vendor, scored.annotator, labels.value,
        golden_items.value AS truth, row_number() OVER (
            PARTITION BY asked.batch_id, scored.vendor, scored.annotator
            ORDER BY scored.submitted_at DESC, label_id
        ) AS place
    FROM (
        SELECT DISTINCT tasks.batch_id, tasks.project, labels.vendor, labels.annotator, ended_at
        FROM unnest($1::text[], $2::timestamptz[]) AS given (batch_id, ended_at)
        JOIN tasks USING (batch_id) JOIN labels USING (task_id)
    ) AS asked
    JOIN golden_scores AS scored USING (project, vendor, annotator)
    JOIN labels USING (label_id)
    JOIN golden_items ON (golden_items.project, golden_items.item_id)
        = (scored.project, scored.item_id)
    WHERE scored.submitted_at <= ended_at
) AS ranked
WHERE place <= 200
ORDER BY batch_id, vendor, annotator, item_id, value

-- name: list_anchored_batches
-- Batches of projects with a model that the given golden answers anchor.
SELECT DISTINCT scored.project, scored.vendor, scored.annotator, answered.batch_id
FROM golden_scores AS scored
JOIN consensus_methods ON consensus_methods.project = scored.project AND method <> 'majority'
JOIN labels AS answered ON (answered.project, answered.vendor, answered.annotator)
    = (scored.project, scored.vendor, scored.annotator)
WHERE scored.label_id = ANY ($1::text[]) AND scored.submitted_at <= (
    SELECT max(submitted_at) FROM labels AS other JOIN tasks USING (task_id)
    WHERE tasks.batch_id = answered.batch_id AND tasks.tier = 'tier1'
)
