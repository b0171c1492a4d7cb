-- name: list_units_of_labels
-- Units that the given labels belong to.
SELECT DISTINCT tasks.batch_id, tasks.item_id FROM labels JOIN tasks USING (task_id)
WHERE label_id = ANY ($1::text[])

-- name: list_units_of_items
-- Units of the given items, given as (project, item_id).
SELECT DISTINCT batch_id, item_id FROM tasks
WHERE (project, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_units_of_annotators
-- Units that the given annotators answered, given as (project, vendor, annotator).
SELECT DISTINCT tasks.batch_id, tasks.item_id FROM labels JOIN tasks USING (task_id)
WHERE (labels.project, vendor, annotator)
    IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))

-- name: list_votes
-- The first-tier labels that stand of the given units, given as (batch_id, item_id); a unit
-- without labels has one row without a label.
SELECT tasks.project, tasks.batch_id, tasks.item_id, slices::text AS slices,
    golden_items.value AS golden, label_id, labels.vendor, labels.annotator, cohort,
    guideline_version, labels.value,
    annotators.status IS DISTINCT FROM 'suspended'
        AND (trusted_after IS NULL OR submitted_at > trusted_after) AS trusted
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS given (batch_id, item_id)) AS asked
JOIN tasks USING (batch_id, item_id)
LEFT JOIN golden_items USING (project, item_id)
LEFT JOIN labels ON labels.task_id = tasks.task_id AND NOT withdrawn AND labels.tier = 'tier1'
LEFT JOIN annotators ON (annotators.project, annotators.vendor, annotators.annotator)
    = (tasks.project, labels.vendor, labels.annotator)
ORDER BY tasks.batch_id, tasks.item_id, tasks.task_id, labels.vendor, labels.annotator, label_id

-- name: list_measured_units
-- The given units as they were last tallied.
SELECT batch_id, item_id, project, unit FROM measured_units
WHERE (batch_id, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: put_measured_units
-- Units as they are tallied now.
INSERT INTO measured_units (batch_id, item_id, project, unit)
SELECT batch_id, item_id, project, unit::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS given (batch_id, item_id, project, unit)
ON CONFLICT (batch_id, item_id) DO UPDATE SET unit = excluded.unit

-- name: drop_measured_units
-- Units that have no labels any more.
DELETE FROM measured_units
WHERE (batch_id, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_keys
-- The units of the given batches.
SELECT DISTINCT batch_id, item_id FROM tasks WHERE batch_id = ANY ($1::text[])
