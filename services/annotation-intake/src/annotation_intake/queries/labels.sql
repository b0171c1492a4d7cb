-- name: add_submissions
-- A revision that comes twice with different contents counts as the one that was submitted first.
-- Returns the labels that did not exist before; their rows are ours until the transaction ends.
-- $1 label_submitted as a JSON array, $2 label ids, $3 digests: one document costs the client less
-- than a column of each field.
WITH submitted AS (
    INSERT INTO submissions AS known
        (label_id, revision, vendor, annotation_id, task_id, annotator, pool, value,
         guideline_version, submitted_at, duration_seconds, withdrawn, digest, vendor_project,
         vendor_task_id, first_submitted_at)
    SELECT label_id, revision, vendor, annotation_id, task_id, annotator, pool, value,
        guideline_version, submitted_at, duration_seconds, withdrawn, digest, vendor_project,
        vendor_task_id, first_submitted_at
    FROM ROWS FROM (
        json_to_recordset($1::json) AS (
            revision bigint, vendor text, annotation_id text, task_id text, annotator text,
            pool text, value text, guideline_version text, submitted_at timestamptz,
            duration_seconds double precision, withdrawn boolean, vendor_project text,
            vendor_task_id text, first_submitted_at timestamptz
        ),
        unnest($2::uuid[]),
        unnest($3::text[])
    ) AS said (revision, vendor, annotation_id, task_id, annotator, pool, value, guideline_version,
        submitted_at, duration_seconds, withdrawn, vendor_project, vendor_task_id,
        first_submitted_at, label_id, digest)
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
SELECT DISTINCT label_id FROM unnest($2::uuid[]) AS named (label_id) ORDER BY label_id
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
    guideline_version, overlap, slices, characters, tier, excluded, completed, assigned_only
FROM tasks WHERE task_id = ANY ($1::text[]) ORDER BY task_id FOR UPDATE

-- name: list_submissions
-- $1 task ids: every revision that names one of them, in the order of the fields of Submission,
-- with what was decided.
-- OFFSET 0 has the rows of each task looked up by their keys: a plan from when the tables were
-- small, which a prepared statement keeps, would read all of them for each batch.
SELECT submissions.label_id::text, submissions.revision, submissions.vendor,
    submissions.annotation_id, submissions.task_id, submissions.annotator, submissions.pool,
    submissions.value, submissions.guideline_version, submissions.submitted_at,
    submissions.duration_seconds, submissions.withdrawn, submissions.digest,
    submissions.vendor_project, submissions.vendor_task_id, submissions.first_submitted_at,
    CASE WHEN EXISTS (SELECT FROM suspensions) THEN (
        SELECT suspended_at FROM tasks JOIN suspensions USING (project)
        WHERE tasks.task_id = submissions.task_id AND suspensions.vendor = submissions.vendor
            AND suspensions.annotator = submissions.annotator
    ) END AS suspended_at,
    CASE WHEN submissions.vendor_project IS NOT NULL THEN (
        SELECT CASE WHEN gone THEN said_at END
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
    ) END AS gone_at,
    submissions.rejection, submissions.judged_task_id, submissions.status,
    submissions.counted_revision, submissions.published_revision, submissions.published_digest
FROM unnest($1::text[]) AS named (task_id)
CROSS JOIN LATERAL (
    SELECT submissions.*, labels.task_id AS judged_task_id, labels.status,
        labels.revision AS counted_revision, labels.published_revision, labels.published_digest
    FROM submissions JOIN labels USING (label_id)
    WHERE submissions.task_id = named.task_id
    OFFSET 0
) AS submissions

-- name: save_labels
-- $1 label ids, $2 task ids, $3 statuses, $4 revisions, $5 published revisions, $6 their digests.
UPDATE labels SET task_id = judged.task_id, status = judged.status, revision = judged.revision,
    published_revision = judged.published_revision, published_digest = judged.published_digest
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::text[])
    AS judged (label_id, task_id, status, revision, published_revision, published_digest)
WHERE labels.label_id = judged.label_id

-- name: save_rejections
-- $1 label ids, $2 revisions, $3 codes, null where a submission is no longer rejected, $4 fields,
-- $5 their values, $6 what would be valid, $7 reasons.
UPDATE submissions SET rejection = judged.rejection, rejection_field = judged.field,
    rejection_value = judged.value, rejection_valid = judged.valid,
    rejection_reason = judged.reason
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS judged (label_id, revision, rejection, field, value, valid, reason)
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
