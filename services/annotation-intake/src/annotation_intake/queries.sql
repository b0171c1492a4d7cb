-- name: lock
-- $1 names. Sorted, so that two members of the group never wait for each other in a circle; the
-- locks end with the transaction.
SELECT pg_advisory_xact_lock(key)
FROM (
    SELECT DISTINCT hashtextextended('annotation-intake/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: lock_shared
-- Like lock; many may hold it, but none while another holds it alone.
SELECT pg_advisory_xact_lock_shared(key)
FROM (
    SELECT DISTINCT hashtextextended('annotation-intake/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: add_definitions
-- Of several events of one revision the earliest counts.
INSERT INTO definitions AS known
    (project, revision, guideline_version, overlap, golden_rate, defined_at, digest, categories,
     label_kind, allow_tie, maximum_characters)
SELECT project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    ARRAY(SELECT jsonb_array_elements_text(categories)), label_kind, allow_tie, maximum_characters
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::integer[], $5::double precision[],
    $6::timestamptz[], $7::text[], $8::jsonb[], $9::text[], $10::boolean[], $11::integer[]
) AS defined (project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    categories, label_kind, allow_tie, maximum_characters)
ON CONFLICT (project, revision) DO UPDATE SET
    categories = excluded.categories, guideline_version = excluded.guideline_version,
    overlap = excluded.overlap, golden_rate = excluded.golden_rate,
    defined_at = excluded.defined_at, digest = excluded.digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)
RETURNING project, revision

-- name: add_guidelines
INSERT INTO guidelines (project, guideline_version)
SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING

-- name: add_golden_items
-- Of several definitions of one item the earliest counts: a correction is a new item.
INSERT INTO golden_items AS known (project, item_id, text, slices, defined_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::text[]
)
ON CONFLICT (project, item_id) DO UPDATE SET
    text = excluded.text, slices = excluded.slices, defined_at = excluded.defined_at,
    digest = excluded.digest
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)

-- name: add_items
-- Sourcing's latest word about an item counts.
INSERT INTO items AS known (project, item_id, text, uri, slices, accepted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (project, item_id) DO UPDATE SET
    text = excluded.text, uri = excluded.uri, slices = excluded.slices,
    accepted_at = excluded.accepted_at, digest = excluded.digest
WHERE (excluded.accepted_at, excluded.digest) > (known.accepted_at, known.digest)

-- name: add_batches
-- A batch that is asked for again was asked for when it was first.
INSERT INTO batches AS known (batch_id, project, remediation_id, requested_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
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
SELECT batch_id, project, remediation_id, requested_at
FROM batches WHERE batch_id = ANY ($1::text[]) ORDER BY batch_id

-- name: list_batch_items
-- $1 batch ids; is_known tells an item without content from one that is not there yet.
SELECT batch_id, item_id, items.project IS NOT NULL AS is_known, text, uri, slices
FROM batch_items LEFT JOIN items USING (project, item_id)
WHERE batch_id = ANY ($1::text[])

-- name: list_definitions
-- $1 projects.
SELECT * FROM definitions WHERE project = ANY ($1::text[])

-- name: list_guidelines
-- $1 projects.
SELECT project, guideline_version FROM guidelines WHERE project = ANY ($1::text[])

-- name: list_golden_items
-- $1 projects.
SELECT project, item_id, text, slices, defined_at FROM golden_items
WHERE project = ANY ($1::text[])

-- name: list_planned_tasks
-- $1 batch ids.
SELECT task_id, batch_id, item_id, golden, plan_digest FROM tasks
WHERE batch_id = ANY ($1::text[])

-- name: save_tasks
-- In the order of the ids given, so that rows are locked in that order; fills stubs.
INSERT INTO tasks (task_id, project, batch_id, item_id, golden, categories, guideline_version,
    overlap, slices, plan_digest, label_kind, allow_tie, maximum_characters, characters)
SELECT task_id, project, batch_id, item_id, golden,
    ARRAY(SELECT jsonb_array_elements_text(categories)), guideline_version, overlap, slices,
    plan_digest, label_kind, allow_tie, maximum_characters, characters
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[], $7::text[],
    $8::integer[], $9::jsonb[], $10::text[], $11::text[], $12::boolean[], $13::integer[],
    $14::integer[]
) AS planned (task_id, project, batch_id, item_id, golden, categories, guideline_version, overlap,
    slices, plan_digest, label_kind, allow_tie, maximum_characters, characters)
ON CONFLICT (task_id) DO UPDATE SET
    project = excluded.project, batch_id = excluded.batch_id, item_id = excluded.item_id,
    golden = excluded.golden, categories = excluded.categories,
    guideline_version = excluded.guideline_version, overlap = excluded.overlap,
    slices = excluded.slices, plan_digest = excluded.plan_digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters, characters = excluded.characters

-- name: save_plans
-- $1 batch ids, $2 revisions of definitions, $3 numbers of golden items.
UPDATE batches SET definition_revision = plan.revision, golden_items = plan.golden_items
FROM unnest($1::text[], $2::integer[], $3::integer[]) AS plan (batch_id, revision, golden_items)
WHERE batches.batch_id = plan.batch_id

-- name: add_submissions
-- A revision that comes twice with different contents counts as the one that was submitted first.
-- Returns the labels that did not exist before; their rows are ours until the transaction ends.
WITH submitted AS (
    INSERT INTO submissions AS known
        (label_id, revision, vendor, annotation_id, task_id, annotator, pool, value,
         guideline_version, submitted_at, duration_seconds, withdrawn, digest, vendor_project,
         vendor_task_id, first_submitted_at)
    SELECT * FROM unnest(
        $1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::timestamptz[], $11::double precision[], $12::boolean[],
        $13::text[], $14::text[], $15::text[], $16::timestamptz[]
    )
    ON CONFLICT (label_id, revision) DO UPDATE SET
        task_id = excluded.task_id, annotator = excluded.annotator, pool = excluded.pool,
        value = excluded.value, guideline_version = excluded.guideline_version,
        submitted_at = excluded.submitted_at, duration_seconds = excluded.duration_seconds,
        withdrawn = excluded.withdrawn, digest = excluded.digest,
        vendor_project = excluded.vendor_project, vendor_task_id = excluded.vendor_task_id,
        first_submitted_at = excluded.first_submitted_at
    WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
)
INSERT INTO labels (label_id)
SELECT DISTINCT label_id FROM unnest($1::uuid[]) AS named (label_id) ORDER BY label_id
ON CONFLICT DO NOTHING
RETURNING label_id

-- name: lock_labels
-- $1 label ids.
SELECT label_id FROM labels WHERE label_id = ANY ($1::uuid[]) ORDER BY label_id FOR UPDATE

-- name: list_tasks_of
-- $1 label ids: every task that a revision of them names, and those they were judged under.
SELECT task_id FROM submissions WHERE label_id = ANY ($1::uuid[])
UNION
SELECT task_id FROM labels WHERE label_id = ANY ($1::uuid[]) AND task_id IS NOT NULL

-- name: add_stubs
-- $1 task ids, sorted: rows to lock for tasks that are not known yet.
INSERT INTO tasks (task_id)
SELECT named.task_id FROM unnest($1::text[]) WITH ORDINALITY AS named (task_id, place)
WHERE NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = named.task_id)
ORDER BY place
ON CONFLICT DO NOTHING

-- name: lock_tasks
-- $1 task ids; in the order of ids, so that two members of the group never wait for each other in
-- a circle.
SELECT task_id, project, batch_id, item_id, categories, label_kind, allow_tie, maximum_characters,
    guideline_version, overlap, slices, characters, completed
FROM tasks WHERE task_id = ANY ($1::text[]) ORDER BY task_id FOR UPDATE

-- name: list_submissions
-- $1 task ids: every revision of every annotation that names one of them, with what was decided.
SELECT submissions.*, suspensions.suspended_at, vendor_words.gone_at,
    labels.task_id AS judged_task_id, labels.status, labels.revision AS counted_revision,
    labels.published_revision, labels.published_digest
FROM labels
JOIN submissions USING (label_id)
LEFT JOIN tasks ON tasks.task_id = submissions.task_id
LEFT JOIN suspensions ON suspensions.project = tasks.project
    AND suspensions.vendor = submissions.vendor AND suspensions.annotator = submissions.annotator
LEFT JOIN LATERAL (
    SELECT CASE WHEN gone THEN said_at END AS gone_at
    FROM (
        SELECT withdrawn_at AS said_at, true AS gone FROM withdrawals
        WHERE withdrawals.vendor = submissions.vendor
            AND withdrawals.vendor_project = submissions.vendor_project
            AND (kind, name) IN (('annotation', submissions.annotation_id),
                                 ('task', submissions.vendor_task_id))
        UNION ALL
        SELECT exported_at, NOT submissions.annotation_id = ANY (annotation_ids) FROM exports
        WHERE exports.vendor = submissions.vendor
            AND exports.vendor_project = submissions.vendor_project
            AND submissions.annotation_id COLLATE "C" > after
            AND (until IS NULL OR submissions.annotation_id COLLATE "C" <= until)
    ) AS said
    ORDER BY said_at DESC, gone LIMIT 1
) AS vendor_words ON submissions.vendor_project IS NOT NULL
WHERE label_id IN (SELECT named.label_id FROM submissions AS named
                   WHERE named.task_id = ANY ($1::text[]))
ORDER BY label_id, submissions.revision

-- name: save_labels
-- $1 label ids, $2 task ids, $3 statuses, $4 revisions, $5 published revisions, $6 their digests.
UPDATE labels SET task_id = judged.task_id, status = judged.status, revision = judged.revision,
    published_revision = judged.published_revision, published_digest = judged.published_digest
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::text[])
    AS judged (label_id, task_id, status, revision, published_revision, published_digest)
WHERE labels.label_id = judged.label_id

-- name: save_rejections
-- $1 label ids, $2 revisions, $3 codes, null where a submission is no longer rejected.
UPDATE submissions SET rejection = judged.rejection
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS judged (label_id, revision, rejection)
WHERE submissions.label_id = judged.label_id AND submissions.revision = judged.revision

-- name: save_completion
-- $1 task ids, $2 whether they have their labels.
UPDATE tasks SET completed = judged.completed
FROM unnest($1::text[], $2::boolean[]) AS judged (task_id, completed)
WHERE tasks.task_id = judged.task_id

-- name: add_suspensions
-- An annotator is suspended since the first time that this was said.
INSERT INTO suspensions AS known (project, vendor, annotator, suspended_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
ON CONFLICT (project, vendor, annotator) DO UPDATE SET suspended_at = excluded.suspended_at
WHERE excluded.suspended_at < known.suspended_at

-- name: list_tasks_labelled_by
-- $1 projects, $2 vendors, $3 annotators.
SELECT DISTINCT task_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS suspended (project, vendor, annotator)
JOIN submissions USING (vendor, annotator)
JOIN tasks USING (task_id, project)

-- name: add_withdrawals
-- $1 vendors, $2 their projects, $3 kinds, $4 names, $5 times; the latest time counts.
INSERT INTO withdrawals AS known (vendor, vendor_project, kind, name, withdrawn_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (vendor, vendor_project, kind, name) DO UPDATE
    SET withdrawn_at = excluded.withdrawn_at
WHERE excluded.withdrawn_at > known.withdrawn_at

-- name: list_tasks_withdrawn
-- $1 vendors, $2 their projects, $3 kinds, $4 names: the tasks that the annotations are about.
SELECT DISTINCT task_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS gone (vendor, vendor_project, kind, name)
JOIN submissions USING (vendor, vendor_project)
WHERE (kind, name) IN (('annotation', annotation_id), ('task', vendor_task_id))

-- name: add_export
-- $1 vendor, $2 its project, $3 time, $4 and $5 bounds, $6 annotation ids, $7 digest.
INSERT INTO exports (vendor, vendor_project, exported_at, after, until, annotation_ids, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING

-- name: forget_exports
-- $1 vendor, $2 its project: only the latest export counts.
DELETE FROM exports WHERE vendor = $1 AND vendor_project = $2 AND exported_at < (
    SELECT max(exported_at) FROM exports WHERE vendor = $1 AND vendor_project = $2
)

-- name: list_tasks_reconciled
-- $1 vendor, $2 its project: the tasks of all its annotations.
SELECT DISTINCT task_id FROM submissions WHERE vendor = $1 AND vendor_project = $2
