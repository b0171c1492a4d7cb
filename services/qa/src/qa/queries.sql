-- name: lock_projects
-- Until the end of the transaction nobody else decides anything about these projects.
SELECT pg_advisory_xact_lock(hashtextextended('qa/' || project, 0))
FROM (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY 1) AS ordered

-- name: put_projects
-- The highest revision counts. Returns the projects that changed.
INSERT INTO projects AS known
    (project, revision, agreement_floor, kind, categories, accountable)
SELECT DISTINCT ON (project) project, revision, agreement_floor, kind,
    ARRAY(SELECT jsonb_array_elements_text(categories::jsonb)), accountable
FROM unnest($1::text[], $2::integer[], $3::double precision[], $4::text[], $5::text[], $6::text[])
    AS given (project, revision, agreement_floor, kind, categories, accountable)
ORDER BY project, revision DESC, agreement_floor DESC, kind COLLATE "C" DESC, categories::jsonb DESC,
    accountable COLLATE "C" DESC
ON CONFLICT (project) DO UPDATE
SET revision = excluded.revision, agreement_floor = excluded.agreement_floor,
    kind = excluded.kind, categories = excluded.categories, accountable = excluded.accountable
WHERE (known.revision, known.agreement_floor, known.kind COLLATE "C",
        to_jsonb(known.categories), coalesce(known.accountable, ''))
    < (excluded.revision, excluded.agreement_floor, excluded.kind, to_jsonb(excluded.categories),
        excluded.accountable)
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
INSERT INTO tasks (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id,
    tier)
SELECT task_id, project, batch_id, batch_size, item_id, overlap, slices::jsonb, remediation_id, tier
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::integer[],
    $7::text[], $8::text[], $9::text[])
    AS given (task_id, project, batch_id, batch_size, item_id, overlap, slices, remediation_id,
        tier)
ON CONFLICT (task_id) DO NOTHING

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

-- name: list_batches_that_are
-- Those of the given batches that belong to the project given with them.
SELECT DISTINCT batch_id FROM tasks
WHERE (project, batch_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))

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
-- Right or wrong, and when, in the order given, with what was last decided.
SELECT project, vendor, annotator, annotators.status, annotators.trusted_after,
    coalesce(array_agg(correct ORDER BY submitted_at, label_id) FILTER (WHERE correct IS NOT NULL),
        '{}') AS answers,
    array_agg(submitted_at ORDER BY submitted_at, label_id) AS times
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[])
    AS given (project, vendor, annotator)) AS asked
LEFT JOIN golden_scores USING (project, vendor, annotator)
LEFT JOIN annotators USING (project, vendor, annotator)
GROUP BY project, vendor, annotator, annotators.status, annotators.trusted_after
ORDER BY project, vendor, annotator

-- name: put_annotators
-- Where annotators stand now.
INSERT INTO annotators (project, vendor, annotator, golden_correct, golden_total,
    log_likelihood_ratio, status, trusted_after)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
    $6::double precision[], $7::text[], $8::timestamptz[])
ON CONFLICT (project, vendor, annotator) DO UPDATE
SET golden_correct = excluded.golden_correct, golden_total = excluded.golden_total,
    log_likelihood_ratio = excluded.log_likelihood_ratio, status = excluded.status,
    trusted_after = excluded.trusted_after

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

-- name: put_tallies
-- Add to what is counted, and forget what is counted no more.
WITH changed AS (
    INSERT INTO tallies AS known (project, scope, scope_value, kind, digest, content, units)
    SELECT project, scope, scope_value, kind, sha256(convert_to(content, 'UTF8')), content, units
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
        AS given (project, scope, scope_value, kind, content, units)
    ORDER BY project, scope, scope_value, kind, content
    ON CONFLICT (project, scope, scope_value, kind, digest)
    DO UPDATE SET units = known.units + excluded.units
    RETURNING project, scope, scope_value, kind, digest, units
)
SELECT project, scope, scope_value, kind, digest FROM changed WHERE units = 0

-- name: drop_tallies
-- Forget what is counted no more.
DELETE FROM tallies WHERE (project, scope, scope_value, kind, digest) IN (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
)

-- name: put_due
-- Scopes that have to be measured anew.
INSERT INTO due (project, scope, scope_value)
SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[])
    AS given (project, scope, scope_value)
ORDER BY 1, 2, 3
ON CONFLICT (project, scope, scope_value) DO UPDATE SET revision = nextval('due_revisions')

-- name: mark_projects
-- Everything of these projects has to be held against another floor or schema.
INSERT INTO due (project, scope, scope_value)
SELECT DISTINCT project, scope, scope_value FROM tallies WHERE project = ANY ($1::text[])
UNION
SELECT unnest($1::text[]), 'consensus', ''
ORDER BY 1, 2, 3
ON CONFLICT (project, scope, scope_value) DO UPDATE SET revision = nextval('due_revisions')

-- name: list_due
-- What waits longest to be measured, in projects that are known.
SELECT project, scope, scope_value, due.revision FROM due JOIN projects USING (project)
ORDER BY due.revision LIMIT $1

-- name: drop_due
-- What was measured and has not changed meanwhile.
DELETE FROM due WHERE (project, scope, scope_value, revision) IN (
    SELECT project, scope, scope_value, revision FROM due
    JOIN unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        AS given (project, scope, scope_value, revision)
        USING (project, scope, scope_value, revision)
    FOR UPDATE OF due SKIP LOCKED
)

-- name: lead_backfill
-- One backfill of a project at a time; until the connection closes.
SELECT pg_advisory_lock(hashtextextended('qa backfill/' || $1, 0))

-- name: lead_measuring
-- One member of the service measures at a time.
SELECT pg_try_advisory_xact_lock(hashtextextended('qa measures', 0))

-- name: list_tallies
-- What is counted in the given scopes.
SELECT project, scope, scope_value, kind, content, units
FROM tallies JOIN unnest($1::text[], $2::text[], $3::text[])
    AS given (project, scope, scope_value) USING (project, scope, scope_value)
ORDER BY project, scope, scope_value, kind, content

-- name: list_programs
-- What the given projects label, and the floor of their definition.
SELECT project, agreement_floor, kind, categories FROM projects WHERE project = ANY ($1::text[])

-- name: list_sections
-- Which sections of the given projects' guidelines tell which values apart: one for a pair.
SELECT project, guideline_version, value, other_value, min(section) AS section
FROM guideline_sections WHERE project = ANY ($1::text[])
GROUP BY project, guideline_version, value, other_value

-- name: add_sections
-- Several sections may claim a pair. Returns the projects that have new ones.
WITH added AS (
    INSERT INTO guideline_sections (project, guideline_version, value, other_value, section)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    ON CONFLICT DO NOTHING RETURNING project
)
SELECT DISTINCT project FROM added

-- name: list_standards
-- The standards in force in the given projects: the Accountable's latest decisions.
SELECT DISTINCT ON (project, standard) project, standard, value, decision_id
FROM standards JOIN projects USING (project)
WHERE project = ANY ($1::text[]) AND made_by = accountable
ORDER BY project, standard, made_at DESC, decision_id DESC

-- name: add_standards
-- Decisions never change. Returns the projects that have new ones.
INSERT INTO standards (decision_id, project, standard, value, made_by, made_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[],
    $6::timestamptz[])
ON CONFLICT (decision_id) DO NOTHING
RETURNING project

-- name: add_waivers
-- Decisions never change. Returns the batches, with the project named, that have new ones.
INSERT INTO waivers (decision_id, project, batch_id, check_name, made_by, made_at, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[], $7::timestamptz[])
ON CONFLICT (decision_id) DO NOTHING
RETURNING project, batch_id

-- name: list_waivers
-- The waivers in force of the given batches, given as (project, batch_id): the Accountable's
-- latest decisions, as long as they last. A later one takes an earlier one back, however short it is.
SELECT * FROM (
    SELECT DISTINCT ON (batch_id, check_name) batch_id, check_name, decision_id, expires_at
    FROM waivers JOIN projects USING (project)
    WHERE (project, batch_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        AND made_by = accountable
    ORDER BY batch_id, check_name, made_at DESC, decision_id DESC
) AS latest
WHERE expires_at > $3

-- name: list_lapsed
-- Batches whose verdict stands on a waiver that is over, with their projects.
SELECT DISTINCT batch_id, project FROM waivers
JOIN findings ON kind = 'batch' AND scope = batch_id AND subject = batch_id
WHERE expires_at <= $1
    AND payload->'checks' @> jsonb_build_array(jsonb_build_object('waiver', decision_id))
LIMIT 100

-- name: put_methods
-- The highest revision counts. Returns the projects that changed.
INSERT INTO consensus_methods AS known (project, revision, method)
SELECT DISTINCT ON (project) project, revision, method
FROM unnest($1::text[], $2::integer[], $3::text[]) AS given (project, revision, method)
ORDER BY project, revision DESC, method COLLATE "C" DESC
ON CONFLICT (project) DO UPDATE SET revision = excluded.revision, method = excluded.method
WHERE (known.revision, known.method COLLATE "C") < (excluded.revision, excluded.method)
RETURNING project

-- name: put_coverage
-- The latest word counts. Returns the projects of which it says something else than before.
WITH before AS (SELECT * FROM coverage WHERE project = ANY ($1::text[])), written AS (
    INSERT INTO coverage AS known (project, measured_at, verdict, population_stability_index)
    SELECT DISTINCT ON (project) *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[])
        AS given (project, measured_at, verdict, population_stability_index)
    ORDER BY project, measured_at COLLATE "C" DESC, verdict COLLATE "C" DESC,
        coalesce(population_stability_index, -1) DESC
    ON CONFLICT (project) DO UPDATE
    SET measured_at = excluded.measured_at, verdict = excluded.verdict,
        population_stability_index = excluded.population_stability_index
    WHERE (known.measured_at, known.verdict COLLATE "C",
            coalesce(known.population_stability_index, -1))
        < (excluded.measured_at, excluded.verdict,
            coalesce(excluded.population_stability_index, -1))
    RETURNING project, verdict, population_stability_index
)
SELECT project FROM written LEFT JOIN before USING (project)
WHERE (written.verdict, written.population_stability_index)
    IS DISTINCT FROM (before.verdict, before.population_stability_index)

-- name: put_item_gates
-- An item is held back by a gate, or let in after all. Returns the items for which that is new.
INSERT INTO item_gates AS known (project, item_id, gate, quarantined, released)
SELECT project, item_id, gate, bool_or(quarantined), bool_or(NOT quarantined)
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
    AS given (project, item_id, gate, quarantined)
GROUP BY project, item_id, gate
ORDER BY project, item_id, gate
ON CONFLICT (project, item_id, gate) DO UPDATE
SET quarantined = known.quarantined OR excluded.quarantined,
    released = known.released OR excluded.released
WHERE excluded.quarantined AND NOT known.quarantined OR excluded.released AND NOT known.released
RETURNING project, item_id

-- name: count_quarantined
-- How many items of the given batches are held back, by gate.
SELECT batch_id, gate, count(DISTINCT item_id) AS items
FROM tasks JOIN item_gates USING (project, item_id)
WHERE batch_id = ANY ($1::text[]) AND quarantined AND NOT released
GROUP BY batch_id, gate

-- name: drop_outcomes
-- What is no longer said of the items of the given batches: outcomes of items that turned out to be
-- golden, and overlap asked for items other than these. Both are given as (batch_id, item_id).
DELETE FROM findings
WHERE kind = 'item' AND (scope, subject) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    OR kind = 'overlap' AND scope = ANY ($3::text[])
        AND (scope, subject) NOT IN (SELECT * FROM unnest($4::text[], $5::text[]))

-- name: drop_scores
-- Forget the scores of the given batches.
DELETE FROM batch_scores WHERE batch_id = ANY ($1::text[])

-- name: put_scores
-- Scores of batches.
INSERT INTO batch_scores (batch_id, project, ended_at, vendor, annotator, cohort, slices, agreed,
    judged)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::double precision[], $9::integer[])

-- name: list_scores
-- The scores of a project in the order in which its batches ended.
SELECT batch_id, vendor, annotator, cohort, slices, agreed, judged FROM batch_scores
WHERE project = $1
ORDER BY ended_at, batch_id, vendor, annotator, cohort, slices

-- name: list_seconds
-- How long the given annotator's latest 500 labels took, and whether their items are golden.
SELECT duration_seconds, golden_items.value IS NOT NULL AS golden
FROM labels LEFT JOIN golden_items USING (project, item_id)
WHERE labels.project = $1 AND vendor = $2 AND annotator = $3 AND NOT withdrawn
    AND duration_seconds IS NOT NULL
ORDER BY submitted_at DESC, label_id LIMIT 500

-- name: list_answers
-- First-tier answers of a project to golden items, the latest 20 000.
SELECT item_id, vendor, annotator, labels.value, golden_items.value AS truth
FROM labels JOIN golden_items USING (project, item_id)
WHERE labels.project = $1 AND NOT withdrawn AND labels.tier = 'tier1'
ORDER BY submitted_at DESC, label_id LIMIT 20000

-- name: drop_findings
-- What is no longer said, given as (kind, scope, subject). Returns what was.
DELETE FROM findings
WHERE (kind, scope, subject) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
RETURNING kind, scope, subject, payload

-- name: list_subjects
-- The subjects of a kind and scope that something is said of.
SELECT subject FROM findings WHERE kind = $1 AND scope = $2 ORDER BY subject

-- name: list_keys
-- The units of the given batches.
SELECT DISTINCT batch_id, item_id FROM tasks WHERE batch_id = ANY ($1::text[])

-- name: list_tallies_of_project
-- Everything that is counted of a project.
SELECT scope, scope_value, kind, content, units FROM tallies WHERE project = $1

-- name: lock_erasures
SELECT pg_advisory_xact_lock(hashtextextended('qa/erasures', 0))

-- name: add_erasures
INSERT INTO erasures (project, item_id, erased_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS added (project, item_id)
ON CONFLICT DO NOTHING

-- name: erase_labels
-- $1 projects, $2 item ids: labels that are texts count no more.
UPDATE labels SET value = '', withdrawn = true
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id) JOIN projects USING (project)
WHERE (labels.project, labels.item_id) = (erased.project, erased.item_id)
  AND projects.kind = 'text' AND (value <> '' OR NOT withdrawn)
RETURNING label_id, labels.project, labels.item_id

-- name: erase_labels_of_projects
-- $1 projects.
UPDATE labels SET value = '', withdrawn = true
FROM erasures JOIN projects USING (project)
WHERE (labels.project, labels.item_id) = (erasures.project, erasures.item_id)
  AND labels.project = ANY ($1::text[]) AND projects.kind = 'text'
  AND (value <> '' OR NOT withdrawn)
RETURNING label_id, labels.project, labels.item_id
