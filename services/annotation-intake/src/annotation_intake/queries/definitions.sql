-- name: add_definitions
-- Of several events of one revision the earliest counts.
INSERT INTO definitions AS known
    (project, revision, guideline_version, overlap, golden_rate, defined_at, digest, categories,
     label_kind, allow_tie, maximum_characters, agreement_floor, review, assigned_only,
     qualified_only, assignment_seconds)
SELECT project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    ARRAY(SELECT jsonb_array_elements_text(categories)), label_kind, allow_tie,
    maximum_characters, agreement_floor, review, assigned_only, qualified_only,
    assignment_seconds
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::integer[], $5::double precision[],
    $6::timestamptz[], $7::text[], $8::jsonb[], $9::text[], $10::boolean[], $11::integer[],
    $12::double precision[], $13::boolean[], $14::boolean[], $15::boolean[],
    $16::double precision[]
) AS defined (project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    categories, label_kind, allow_tie, maximum_characters, agreement_floor, review, assigned_only,
    qualified_only, assignment_seconds)
ON CONFLICT (project, revision) DO UPDATE SET
    categories = excluded.categories, guideline_version = excluded.guideline_version,
    overlap = excluded.overlap, golden_rate = excluded.golden_rate,
    defined_at = excluded.defined_at, digest = excluded.digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters,
    agreement_floor = excluded.agreement_floor, review = excluded.review,
    assigned_only = excluded.assigned_only, qualified_only = excluded.qualified_only,
    assignment_seconds = excluded.assignment_seconds
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)
RETURNING project, revision

-- name: list_definitions
-- $1 projects.
SELECT * FROM definitions WHERE project = ANY ($1::text[])

-- name: list_guidelines
-- $1 projects.
SELECT project, guideline_version FROM guidelines WHERE project = ANY ($1::text[])

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

-- name: list_golden_items
-- $1 projects.
SELECT project, item_id, text, slices, defined_at FROM golden_items
WHERE project = ANY ($1::text[])

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

-- name: add_erasures
-- $1 projects, $2 item ids, $3 when; under the lock ``erasures``, which writers of items share.
INSERT INTO erasures (project, item_id, erased_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS added (project, item_id)
ON CONFLICT DO NOTHING

-- name: erase_items
-- $1 projects, $2 item ids.
UPDATE items SET text = NULL, uri = NULL
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
WHERE (items.project, items.item_id) = (erased.project, erased.item_id)
  AND (text IS NOT NULL OR uri IS NOT NULL)
RETURNING items.item_id

-- name: erase_golden_items
-- $1 projects, $2 item ids.
UPDATE golden_items SET text = ''
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
WHERE (golden_items.project, golden_items.item_id) = (erased.project, erased.item_id) AND text <> ''
RETURNING golden_items.item_id

-- name: erase_submissions
-- $1 projects, $2 item ids: labels that are texts, or that no schema allowed; those that come later
-- forget_texts() empties.
UPDATE submissions SET value = '',
    rejection_value = CASE WHEN submissions.rejection = 'value' THEN ''
                           ELSE submissions.rejection_value END
FROM tasks JOIN unnest($1::text[], $2::text[]) AS erased (project, item_id) USING (project, item_id)
WHERE submissions.task_id = tasks.task_id AND submissions.value <> ''
    AND (tasks.label_kind = 'text' OR submissions.rejection = 'value')
RETURNING label_id

-- name: list_tasks_of_items
-- $1 projects, $2 item ids.
SELECT task_id FROM tasks
JOIN unnest($1::text[], $2::text[]) AS named (project, item_id) USING (project, item_id)
