-- name: add_tasks
-- A task never changes.
INSERT INTO tasks (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id,
    tier)
SELECT task_id, project, batch_id, batch_size, item_id, overlap, slices::jsonb, remediation_id, tier
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::integer[],
    $7::text[], $8::text[], $9::text[])
    AS given (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id,
        tier)
ON CONFLICT (task_id) DO NOTHING

-- name: mark_answered
-- A task has its labels once as many annotators as overlap have answered. It stays so when a label
-- is withdrawn: what was said about the batch is then revised, not forgotten.
UPDATE tasks SET answered = true
FROM (
    SELECT task_id, count(DISTINCT (vendor, annotator)) AS annotators
    FROM labels WHERE task_id = ANY ($1::text[]) GROUP BY task_id
) AS counted
WHERE tasks.task_id = counted.task_id AND NOT answered AND annotators >= overlap

-- name: list_batches_of_items
-- Batches that hold the given items, given as (project, item_id).
SELECT DISTINCT batch_id, project, item_id FROM tasks
WHERE (project, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_batches_of_projects
-- All batches of the given projects.
SELECT DISTINCT batch_id, project FROM tasks WHERE project = ANY ($1::text[])

-- name: list_batches_that_are
-- Those of the given batches that belong to the project given with them.
SELECT DISTINCT batch_id FROM tasks
WHERE (project, batch_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
