-- name: put_labels
-- The highest revision of a label counts. Returns the labels that changed.
INSERT INTO labels AS known (label_id, revision, project, task_id, batch_id, item_id, vendor,
    annotator, cohort, value, submitted_at, withdrawn, tier, guideline_version, duration_seconds)
SELECT DISTINCT ON (label_id) *
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::boolean[], $13::text[],
    $14::text[], $15::double precision[])
    AS given (label_id, revision, project, task_id, batch_id, item_id, vendor, annotator, cohort,
        value, submitted_at, withdrawn, tier, guideline_version, duration_seconds)
ORDER BY label_id, revision DESC
ON CONFLICT (label_id) DO UPDATE
SET revision = excluded.revision, cohort = excluded.cohort, value = excluded.value,
    submitted_at = excluded.submitted_at, withdrawn = excluded.withdrawn, tier = excluded.tier,
    guideline_version = excluded.guideline_version, duration_seconds = excluded.duration_seconds
WHERE known.revision < excluded.revision
RETURNING label_id

-- name: list_labels_of_items
-- Labels of the given items, given as (project, item_id).
SELECT label_id, project, item_id FROM labels
WHERE (project, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_batches_of_annotators
-- Batches in which the given annotators answered, given as (project, vendor, annotator).
SELECT DISTINCT project, vendor, annotator, batch_id FROM labels
WHERE (project, vendor, annotator) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))

-- name: list_seconds
-- How long the given annotator's latest 500 labels took, and whether their items are golden.
SELECT duration_seconds, golden_items.value IS NOT NULL AS golden
FROM labels LEFT JOIN golden_items USING (project, item_id)
WHERE labels.project = $1 AND vendor = $2 AND annotator = $3 AND NOT withdrawn
    AND duration_seconds IS NOT NULL
ORDER BY submitted_at DESC, label_id LIMIT 500
