-- name: lock_projects
-- Until the end of the transaction nobody else decides anything about these projects.
SELECT pg_advisory_xact_lock(hashtextextended('qa/' || project, 0))
FROM (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY 1) AS ordered

-- name: put_projects
-- The highest revision counts. Returns the projects that changed.
INSERT INTO projects AS known (project, revision, agreement_floor)
SELECT DISTINCT ON (project) project, revision, agreement_floor
FROM unnest($1::text[], $2::integer[], $3::double precision[])
    AS given (project, revision, agreement_floor)
ORDER BY project, revision DESC, agreement_floor DESC
ON CONFLICT (project) DO UPDATE
SET revision = excluded.revision, agreement_floor = excluded.agreement_floor
WHERE (known.revision, known.agreement_floor) < (excluded.revision, excluded.agreement_floor)
RETURNING project

-- name: put_golden_items
-- The latest definition of an item counts. Returns the items whose answer changed.
INSERT INTO golden_items AS known (project, item_id, value, defined_at)
SELECT DISTINCT ON (project, item_id) project, item_id, value, defined_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS given (project, item_id, value, defined_at)
ORDER BY project, item_id, defined_at COLLATE "C" DESC, value COLLATE "C" DESC
ON CONFLICT (project, item_id) DO UPDATE
SET value = excluded.value, defined_at = excluded.defined_at
WHERE (known.defined_at, known.value) < (excluded.defined_at, excluded.value)
RETURNING project, item_id

-- name: add_tasks
-- A task never changes.
INSERT INTO tasks
    (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id)
SELECT task_id, project, batch_id, batch_size, item_id, overlap, slices::jsonb, remediation_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::integer[],
    $7::text[], $8::text[])
    AS given (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id)
ON CONFLICT (task_id) DO NOTHING

-- name: put_labels
-- The highest revision of a label counts. Returns the labels that changed.
INSERT INTO labels AS known (label_id, revision, project, task_id, batch_id, item_id, vendor,
    annotator, cohort, value, submitted_at, withdrawn)
SELECT DISTINCT ON (label_id) label_id, revision, project, task_id, batch_id, item_id, vendor,
    annotator, cohort, value, submitted_at, withdrawn
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::boolean[])
    AS given (label_id, revision, project, task_id, batch_id, item_id, vendor, annotator, cohort,
        value, submitted_at, withdrawn)
ORDER BY label_id, revision DESC
ON CONFLICT (label_id) DO UPDATE
SET revision = excluded.revision, cohort = excluded.cohort, value = excluded.value,
    submitted_at = excluded.submitted_at, withdrawn = excluded.withdrawn
WHERE known.revision < excluded.revision
RETURNING label_id

-- name: mark_answered
-- A task has its labels once as many annotators as overlap have answered. It stays so when a label
-- is withdrawn: what was said about the batch is then revised, not forgotten.
UPDATE tasks SET answered = true
FROM (
    SELECT task_id, count(DISTINCT (vendor, annotator)) AS annotators
    FROM labels WHERE task_id = ANY ($1::text[]) GROUP BY task_id
) AS counted
WHERE tasks.task_id = counted.task_id AND NOT answered AND annotators >= overlap

-- name: list_labels_of_items
-- Labels of the given items, given as (project, item_id).
SELECT label_id, project, item_id FROM labels
WHERE (project, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_batches_of_items
-- Batches that hold the given items, given as (project, item_id).
SELECT DISTINCT batch_id, project, item_id FROM tasks
WHERE (project, item_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

-- name: list_batches_of_projects
-- All batches of the given projects.
SELECT DISTINCT batch_id, project FROM tasks WHERE project = ANY ($1::text[])

-- name: list_batches_of_annotators
-- Batches in which the given annotators answered, given as (project, vendor, annotator).
SELECT DISTINCT project, vendor, annotator, batch_id FROM labels
WHERE (project, vendor, annotator) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))

-- name: withdraw_scores
-- Scores of the given labels that no longer stand. Returns whose they were.
DELETE FROM golden_scores AS scored USING labels
WHERE labels.label_id = scored.label_id AND labels.withdrawn
    AND scored.label_id = ANY ($1::text[])
RETURNING scored.label_id, scored.project, scored.vendor, scored.annotator

-- name: score_labels
-- Score those of the given labels that answer a golden item. Returns what is new or changed.
INSERT INTO golden_scores AS known
    (label_id, project, vendor, annotator, item_id, submitted_at, correct)
SELECT label_id, project, vendor, annotator, item_id, submitted_at,
    labels.value = golden_items.value
FROM labels JOIN golden_items USING (project, item_id)
WHERE label_id = ANY ($1::text[]) AND NOT withdrawn
ORDER BY submitted_at, label_id
ON CONFLICT (label_id) DO UPDATE
SET submitted_at = excluded.submitted_at, correct = excluded.correct
WHERE (known.submitted_at, known.correct) <> (excluded.submitted_at, excluded.correct)
RETURNING label_id, project, vendor, annotator, item_id, correct

-- name: list_golden_answers
-- Right or wrong, in the order given, with the status that was last decided.
SELECT project, vendor, annotator, annotators.status,
    coalesce(array_agg(correct ORDER BY submitted_at, label_id) FILTER (WHERE correct IS NOT NULL),
        '{}') AS answers
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[])
    AS given (project, vendor, annotator)) AS asked
LEFT JOIN golden_scores USING (project, vendor, annotator)
LEFT JOIN annotators USING (project, vendor, annotator)
GROUP BY project, vendor, annotator, annotators.status
ORDER BY project, vendor, annotator

-- name: put_annotators
-- Where annotators stand now.
INSERT INTO annotators
    (project, vendor, annotator, golden_correct, golden_total, log_likelihood_ratio, status)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
    $6::double precision[], $7::text[])
ON CONFLICT (project, vendor, annotator) DO UPDATE
SET golden_correct = excluded.golden_correct, golden_total = excluded.golden_total,
    log_likelihood_ratio = excluded.log_likelihood_ratio, status = excluded.status

-- name: list_complete_batches
-- Those of the given batches whose tasks are all known and answered, in a known project.
SELECT project, batch_id, agreement_floor, max(remediation_id COLLATE "C") AS remediation_id
FROM tasks JOIN projects USING (project)
WHERE batch_id = ANY (ARRAY(
    SELECT batch_id FROM unnest($1::text[]) AS asked (batch_id)
    WHERE NOT EXISTS (
        SELECT FROM tasks AS waiting
        WHERE waiting.batch_id = asked.batch_id AND NOT waiting.answered
    )
))
GROUP BY project, batch_id, agreement_floor
HAVING count(*) >= max(batch_size)
ORDER BY batch_id

-- name: list_items
-- The items of the given batches with their known answers.
SELECT batch_id, item_id, max(overlap) AS overlap, min(slices::text) AS slices,
    max(golden_items.value) AS golden
FROM tasks LEFT JOIN golden_items USING (project, item_id)
WHERE batch_id = ANY ($1::text[])
GROUP BY batch_id, item_id
ORDER BY batch_id, item_id

-- name: list_labels
-- The labels of the given batches that stand, and whether they count.
SELECT tasks.batch_id, tasks.item_id, label_id, labels.vendor, labels.annotator, cohort, value,
    annotators.status IS DISTINCT FROM 'suspended' AS trusted
FROM tasks JOIN labels USING (task_id)
LEFT JOIN annotators ON (annotators.project, annotators.vendor, annotators.annotator)
    = (tasks.project, labels.vendor, labels.annotator)
WHERE tasks.batch_id = ANY ($1::text[]) AND NOT withdrawn
ORDER BY label_id

-- name: put_measured_batches
-- What batches add to the agreement of their project. Returns those that changed. The arrays of
-- one batch come as one JSON document each.
INSERT INTO measured_batches AS known (batch_id, project, patterns, units, annotators)
SELECT batch_id, project,
    ARRAY(SELECT jsonb_array_elements_text(patterns::jsonb)),
    ARRAY(SELECT jsonb_array_elements_text(units::jsonb)::integer),
    ARRAY(SELECT jsonb_array_elements_text(annotators::jsonb))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    AS given (batch_id, project, patterns, units, annotators)
ON CONFLICT (batch_id) DO UPDATE
SET patterns = excluded.patterns, units = excluded.units, annotators = excluded.annotators
WHERE (known.patterns, known.units, known.annotators)
    <> (excluded.patterns, excluded.units, excluded.annotators)
RETURNING batch_id

-- name: list_patterns
-- The units of projects by the pattern of their labels, over all their measured batches.
SELECT project, pattern, sum(number)::integer AS units
FROM measured_batches, unnest(patterns, units) AS shown (pattern, number)
WHERE project = ANY ($1::text[])
GROUP BY project, pattern

-- name: count_annotators
-- The floor of projects in which a batch was measured, and how many people labelled there.
SELECT project, agreement_floor, (
    SELECT count(DISTINCT annotator)
    FROM measured_batches, unnest(annotators) AS named (annotator)
    WHERE measured_batches.project = projects.project
) AS annotators
FROM projects
WHERE project = ANY ($1::text[])
    AND EXISTS (SELECT FROM measured_batches WHERE measured_batches.project = projects.project)
ORDER BY project

-- name: put_findings
-- Returns what is new or says something else than before, with its revision.
INSERT INTO findings AS known (kind, scope, subject, payload)
SELECT kind, scope, subject, payload::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS given (kind, scope, subject, payload)
ON CONFLICT (kind, scope, subject) DO UPDATE
SET payload = excluded.payload, revision = known.revision + 1
WHERE known.payload <> excluded.payload
RETURNING kind, scope, subject, revision

-- name: drop_golden_outcomes
-- An item that turned out to be golden gets no outcome. Given as (batch_id, item_id).
DELETE FROM findings
WHERE kind = 'item' AND (scope, subject) IN (SELECT * FROM unnest($1::text[], $2::text[]))
