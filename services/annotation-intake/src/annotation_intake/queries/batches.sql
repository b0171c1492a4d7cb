-- name: add_batches
-- A batch that is asked for again was asked for when it was first.
INSERT INTO batches AS known (batch_id, project, remediation_id, requested_at, guideline_version)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
ON CONFLICT (batch_id) DO UPDATE SET
    requested_at = excluded.requested_at, remediation_id = excluded.remediation_id
WHERE excluded.requested_at < known.requested_at

-- name: add_batch_items
INSERT INTO batch_items (batch_id, project, item_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING

-- name: list_batches_with
-- $1 projects, $2 item ids: the batches that were asked for with one of these items.
SELECT DISTINCT batch_id
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN batch_items USING (project, item_id)

-- name: list_batch_heads
-- $1 projects.
SELECT batch_id, project, requested_at, definition_revision, golden_items
FROM batches WHERE project = ANY ($1::text[])

-- name: list_batches
-- $1 batch ids.
SELECT batch_id, project, remediation_id, requested_at, guideline_version
FROM batches WHERE batch_id = ANY ($1::text[]) ORDER BY batch_id

-- name: list_batch_items
-- $1 batch ids; is_known tells an item without content from one that is not there yet.
SELECT batch_id, item_id, items.project IS NOT NULL AS is_known, text, uri, slices
FROM batch_items LEFT JOIN items USING (project, item_id)
WHERE batch_id = ANY ($1::text[])

-- name: list_planned_tasks
-- $1 batch ids.
SELECT task_id, batch_id, item_id, golden, plan_digest FROM tasks
WHERE batch_id = ANY ($1::text[])

-- name: save_tasks
-- In the order of the ids given, so that rows are locked in that order; fills stubs.
INSERT INTO tasks (task_id, project, batch_id, item_id, golden, categories, guideline_version,
    overlap, slices, plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    excluded, assigned_only)
SELECT task_id, project, batch_id, item_id, golden,
    ARRAY(SELECT jsonb_array_elements_text(categories)), guideline_version, overlap, slices,
    plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    ARRAY(SELECT jsonb_array_elements_text(excluded_annotators)), assigned_only
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[], $7::text[],
    $8::integer[], $9::jsonb[], $10::text[], $11::text[], $12::boolean[], $13::integer[],
    $14::integer[], $15::text[], $16::jsonb[], $17::boolean[]
) AS planned (task_id, project, batch_id, item_id, golden, categories, guideline_version, overlap,
    slices, plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    excluded_annotators, assigned_only)
ON CONFLICT (task_id) DO UPDATE SET
    project = excluded.project, batch_id = excluded.batch_id, item_id = excluded.item_id,
    golden = excluded.golden, categories = excluded.categories,
    guideline_version = excluded.guideline_version, overlap = excluded.overlap,
    slices = excluded.slices, plan_digest = excluded.plan_digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters, characters = excluded.characters,
    tier = excluded.tier, excluded = excluded.excluded, assigned_only = excluded.assigned_only,
    given_out = false

-- name: save_plans
-- $1 batch ids, $2 revisions of definitions, $3 numbers of golden items.
UPDATE batches SET definition_revision = plan.revision, golden_items = plan.golden_items
FROM unnest($1::text[], $2::integer[], $3::integer[]) AS plan (batch_id, revision, golden_items)
WHERE batches.batch_id = plan.batch_id

-- name: list_reviews
-- $1 batch ids.
SELECT batch_id, item_id, kind, annotator FROM reviews WHERE batch_id = ANY ($1::text[])
UNION ALL
SELECT batch_id, item_id, 'adjudication', annotator FROM adjudications
WHERE batch_id = ANY ($1::text[])

-- name: add_reviews
-- $1 batch ids, $2 item ids, $3 kinds, $4 annotators.
INSERT INTO reviews (batch_id, item_id, kind, annotator)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING

-- name: add_adjudications
-- $1 ids of tasks of tier 2: those whose reviewer agrees with nobody once tier 1 is complete;
-- returns what is new. Most of these tasks do not exist: OFFSET 0 has them looked up first.
INSERT INTO adjudications (batch_id, item_id, annotator)
SELECT DISTINCT review.batch_id, review.item_id, decided.annotator
FROM tasks AS review
CROSS JOIN LATERAL (
    SELECT submissions.annotator
    FROM submissions
    JOIN labels USING (label_id, revision)
    JOIN tasks AS first ON first.batch_id = review.batch_id AND first.item_id = review.item_id
        AND first.tier = 'tier1' AND first.completed
    WHERE submissions.task_id = review.task_id AND labels.status = 'accepted' AND NOT EXISTS (
        SELECT FROM submissions AS said
        JOIN labels AS before USING (label_id, revision)
        WHERE said.task_id = first.task_id AND before.status = 'accepted'
            AND said.value = submissions.value
    )
    OFFSET 0
) AS decided
WHERE review.task_id = ANY ($1::text[]) AND review.tier = 'tier2'
ON CONFLICT DO NOTHING
RETURNING batch_id
