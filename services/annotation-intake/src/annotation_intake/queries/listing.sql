-- name: list_rejections
-- $1 vendor, $2 project, $3 limit: submissions that are not taken, newest first.
SELECT submissions.vendor, annotation_id, submissions.revision, submissions.task_id, annotator,
    tasks.project, rejection AS code, rejection_field AS field, rejection_value AS value,
    rejection_valid AS valid, rejection_reason AS reason, submitted_at
FROM submissions LEFT JOIN tasks ON tasks.task_id = submissions.task_id
WHERE rejection IS NOT NULL AND rejection_field IS NOT NULL
    AND ($1::text IS NULL OR submissions.vendor = $1)
    AND ($2::text IS NULL OR tasks.project = $2)
ORDER BY submitted_at DESC, label_id, submissions.revision LIMIT $3

-- name: list_revisions
-- $1 vendor, $2 annotation id: every revision with where the label stands.
SELECT submissions.revision, submissions.task_id, value, submitted_at, withdrawn, labels.status,
    labels.revision IS NOT DISTINCT FROM submissions.revision AS counts,
    rejection AS code, rejection_field AS field, rejection_valid AS valid,
    rejection_reason AS reason
FROM submissions JOIN labels USING (label_id)
WHERE vendor = $1 AND annotation_id = $2 ORDER BY submissions.revision

-- name: list_open_tasks
-- $1 project, $2 tier or null, $3 after this task id, $4 limit: tasks that still want labels.
SELECT tasks.task_id, tasks.project, batch_id, tasks.item_id, tier, tasks.guideline_version, overlap,
    excluded, categories, label_kind, allow_tie, maximum_characters,
    coalesce(items.text, golden_items.text) AS text, items.uri
FROM tasks
LEFT JOIN items ON items.project = tasks.project AND items.item_id = tasks.item_id
LEFT JOIN golden_items
    ON golden_items.project = tasks.project AND golden_items.item_id = tasks.item_id
WHERE tasks.project = $1 AND NOT completed AND ($2::text IS NULL OR tier = $2) AND task_id > $3
ORDER BY task_id LIMIT $4

-- name: get_answer
-- $1 vendor, $2 request id.
SELECT project, annotator, pool, expires_at, reason FROM work_requests
WHERE vendor = $1 AND request_id = $2

-- name: list_assigned_tasks
-- $1 vendor, $2 request id: what it was answered with.
SELECT tasks.task_id, tasks.project, batch_id, tasks.item_id, tier, tasks.guideline_version, overlap,
    excluded, categories, label_kind, allow_tie, maximum_characters,
    coalesce(items.text, golden_items.text) AS text, items.uri
FROM assignments
JOIN tasks USING (task_id)
LEFT JOIN items ON items.project = tasks.project AND items.item_id = tasks.item_id
LEFT JOIN golden_items
    ON golden_items.project = tasks.project AND golden_items.item_id = tasks.item_id
WHERE assignments.vendor = $1 AND assignments.request_id = $2
ORDER BY task_id

-- name: list_open_assignments
-- $1 project, $2 vendor or null, $3 annotator or null, $4 limit: who has what, the next to end first.
SELECT task_id, vendor, annotator, request_id, expires_at FROM assignments
WHERE outcome IS NULL AND NOT is_labelled(assignments) AND project = $1
    AND ($2::text IS NULL OR vendor = $2) AND ($3::text IS NULL OR annotator = $3)
ORDER BY expires_at, task_id, vendor, annotator LIMIT $4

-- name: list_guideline_versions
-- $1 project: every publication, and why it is not in force.
SELECT publications.guideline_version, signed_off_by, signed_off_as, calibration_alpha,
    calibration_batch_id, published_at, refusal_field, refusal_reason, superseded_by
FROM publications LEFT JOIN superseded USING (project, guideline_version)
WHERE project = $1 ORDER BY published_at, digest

-- name: list_flagged_sections
-- $1 project: how often each section was flagged, of each version.
SELECT guideline_version, section, count(*) FILTER (WHERE kind = 'gap') AS gaps,
    count(*) FILTER (WHERE kind = 'ambiguity') AS ambiguities,
    count(DISTINCT flagged_by) AS people, array_agg(note ORDER BY flagged_at, note) AS notes
FROM flags WHERE project = $1 GROUP BY guideline_version, section
ORDER BY count(*) DESC, guideline_version, section

-- name: list_sections
-- $1 project: the sections of each version, as they were proposed last.
SELECT DISTINCT ON (guideline_version) guideline_version, sections FROM proposals
WHERE project = $1 ORDER BY guideline_version, proposed_at DESC, digest

-- name: list_confusions
-- $1 project: pairs of values that two annotators gave one item, of each version.
WITH said AS (
    SELECT tasks.task_id, submissions.guideline_version, submissions.value, labels.label_id
    FROM labels
    JOIN submissions USING (label_id, revision)
    JOIN tasks ON tasks.task_id = labels.task_id
    WHERE tasks.project = $1 AND labels.status = 'accepted' AND tasks.tier = 'tier1'
        AND tasks.label_kind IN ('categorical', 'ordinal', 'pairwise')
)
SELECT one.guideline_version, one.value AS first, other.value AS second, count(*) AS pairs
FROM said AS one JOIN said AS other USING (task_id, guideline_version)
WHERE one.value < other.value
GROUP BY 1, 2, 3 ORDER BY pairs DESC, 1, 2, 3
