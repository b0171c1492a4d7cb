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
     label_kind, allow_tie, maximum_characters, agreement_floor, review)
SELECT project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    ARRAY(SELECT jsonb_array_elements_text(categories)), label_kind, allow_tie,
    maximum_characters, agreement_floor, review
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::integer[], $5::double precision[],
    $6::timestamptz[], $7::text[], $8::jsonb[], $9::text[], $10::boolean[], $11::integer[],
    $12::double precision[], $13::boolean[]
) AS defined (project, revision, guideline_version, overlap, golden_rate, defined_at, digest,
    categories, label_kind, allow_tie, maximum_characters, agreement_floor, review)
ON CONFLICT (project, revision) DO UPDATE SET
    categories = excluded.categories, guideline_version = excluded.guideline_version,
    overlap = excluded.overlap, golden_rate = excluded.golden_rate,
    defined_at = excluded.defined_at, digest = excluded.digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters,
    agreement_floor = excluded.agreement_floor, review = excluded.review
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)
RETURNING project, revision

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

-- name: list_definitions
-- $1 projects.
SELECT * FROM definitions WHERE project = ANY ($1::text[])

-- name: list_guidelines
-- $1 projects.
SELECT project, guideline_version FROM guidelines WHERE project = ANY ($1::text[])

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
    overlap, slices, plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    excluded)
SELECT task_id, project, batch_id, item_id, golden,
    ARRAY(SELECT jsonb_array_elements_text(categories)), guideline_version, overlap, slices,
    plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    ARRAY(SELECT jsonb_array_elements_text(excluded_annotators))
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[], $7::text[],
    $8::integer[], $9::jsonb[], $10::text[], $11::text[], $12::boolean[], $13::integer[],
    $14::integer[], $15::text[], $16::jsonb[]
) AS planned (task_id, project, batch_id, item_id, golden, categories, guideline_version, overlap,
    slices, plan_digest, label_kind, allow_tie, maximum_characters, characters, tier,
    excluded_annotators)
ON CONFLICT (task_id) DO UPDATE SET
    project = excluded.project, batch_id = excluded.batch_id, item_id = excluded.item_id,
    golden = excluded.golden, categories = excluded.categories,
    guideline_version = excluded.guideline_version, overlap = excluded.overlap,
    slices = excluded.slices, plan_digest = excluded.plan_digest,
    label_kind = excluded.label_kind, allow_tie = excluded.allow_tie,
    maximum_characters = excluded.maximum_characters, characters = excluded.characters,
    tier = excluded.tier, excluded = excluded.excluded

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
    guideline_version, overlap, slices, characters, tier, excluded, completed
FROM tasks WHERE task_id = ANY ($1::text[]) ORDER BY task_id FOR UPDATE

-- name: list_submissions
-- $1 task ids: every revision of every annotation that names one of them, in the order of the
-- fields of Submission, with what was decided.
-- OFFSET 0 has every row looked up by its key: a plan from when the tables were small, which a
-- prepared statement keeps, would read all of them for each batch.
SELECT submissions.label_id::text, submissions.revision, submissions.vendor,
    submissions.annotation_id, submissions.task_id, submissions.annotator, submissions.pool,
    submissions.value, submissions.guideline_version, submissions.submitted_at,
    submissions.duration_seconds, submissions.withdrawn, submissions.digest,
    submissions.vendor_project, submissions.vendor_task_id, submissions.first_submitted_at,
    (
        SELECT suspended_at FROM tasks JOIN suspensions USING (project)
        WHERE tasks.task_id = submissions.task_id AND suspensions.vendor = submissions.vendor
            AND suspensions.annotator = submissions.annotator
    ) AS suspended_at,
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
    submissions.rejection, labels.task_id AS judged_task_id, labels.status,
    labels.revision AS counted_revision, labels.published_revision, labels.published_digest
FROM (
    SELECT DISTINCT label_id FROM submissions WHERE task_id = ANY ($1::text[])
) AS named
CROSS JOIN LATERAL (
    SELECT * FROM labels WHERE labels.label_id = named.label_id OFFSET 0
) AS labels
CROSS JOIN LATERAL (
    SELECT * FROM submissions WHERE submissions.label_id = named.label_id OFFSET 0
) AS submissions
ORDER BY submissions.label_id, submissions.revision

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

-- name: add_publications
INSERT INTO publications (project, guideline_version, digest, signed_off_by, signed_off_as,
    calibration_alpha, calibration_batch_id, reannotate, published_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::double precision[], $7::text[], $8::boolean[], $9::timestamptz[])
ON CONFLICT (project, guideline_version, digest) DO UPDATE
    SET published_at = least(publications.published_at, excluded.published_at)

-- name: list_publications
SELECT guideline_version, digest, signed_off_by, signed_off_as, calibration_alpha,
    calibration_batch_id, reannotate, published_at, refusal_field, refusal_reason
FROM publications WHERE project = $1

-- name: save_refusals
-- $1 project, $2 versions, $3 digests, $4 fields, $5 reasons.
UPDATE publications SET refusal_field = judged.field, refusal_reason = judged.reason
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
    AS judged (guideline_version, digest, field, reason)
WHERE project = $1 AND publications.guideline_version = judged.guideline_version
    AND publications.digest = judged.digest

-- name: save_guidelines
-- $1 project, $2 the versions in force; returns those that are new.
WITH gone AS (
    DELETE FROM guidelines WHERE project = $1 AND NOT guideline_version = ANY ($2::text[])
)
INSERT INTO guidelines (project, guideline_version) SELECT $1, unnest($2::text[])
ON CONFLICT DO NOTHING RETURNING guideline_version

-- name: save_superseded
-- $1 project, $2 versions, $3 what supersedes each, $4 since when, $5 whether to label again.
WITH gone AS (
    DELETE FROM superseded WHERE project = $1 AND NOT guideline_version = ANY ($2::text[])
)
INSERT INTO superseded (project, guideline_version, superseded_by, since, reannotate)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::boolean[])
ON CONFLICT (project, guideline_version) DO UPDATE SET
    superseded_by = excluded.superseded_by, since = excluded.since,
    reannotate = excluded.reannotate

-- name: has_superseded
-- $1 projects.
SELECT EXISTS (SELECT FROM superseded WHERE project = ANY ($1::text[]))

-- name: list_items_to_relabel
-- $1 projects, $2 task ids or null for all: items that anybody labelled under a superseded version
-- and that are not in the batch under the new one yet.
SELECT DISTINCT tasks.project, superseded.superseded_by, superseded.since, tasks.item_id
FROM superseded
JOIN tasks USING (project, guideline_version)
WHERE superseded.reannotate AND NOT tasks.golden AND tasks.tier = 'tier1'
    AND project = ANY ($1::text[]) AND ($2::text[] IS NULL OR tasks.task_id = ANY ($2::text[]))
    AND EXISTS (SELECT FROM submissions WHERE submissions.task_id = tasks.task_id)
    AND NOT EXISTS (
        SELECT FROM batches JOIN batch_items USING (batch_id)
        WHERE batches.project = tasks.project
            AND batches.guideline_version = superseded.superseded_by
            AND batch_items.item_id = tasks.item_id
    )

-- name: add_proposals
INSERT INTO proposals (project, guideline_version, digest, proposed_by, sections, proposed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[],
    $6::timestamptz[])
ON CONFLICT (project, guideline_version, digest) DO UPDATE
    SET proposed_at = least(proposals.proposed_at, excluded.proposed_at)

-- name: list_authors
SELECT guideline_version, proposed_by FROM proposals WHERE project = $1

-- name: add_responsibilities
INSERT INTO responsibilities AS known (project, decision_kind, person, role, revision, revoked)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::boolean[])
ON CONFLICT (project, decision_kind, person, role) DO UPDATE
    SET revision = excluded.revision, revoked = excluded.revoked
WHERE (excluded.revision, excluded.revoked) > (known.revision, known.revoked)

-- name: list_consulted
SELECT person FROM responsibilities
WHERE project = $1 AND decision_kind = 'publish_guideline' AND role = 'consulted' AND NOT revoked

-- name: add_standards
INSERT INTO standards (project, standard, value, made_at, decision_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::double precision[], $4::timestamptz[], $5::text[])
ON CONFLICT DO NOTHING

-- name: get_floor
-- $1 project, $2 time: the agreement floor then; the standard goes before the project's definition.
SELECT agreement_floor($1, $2)

-- name: add_agreements
INSERT INTO agreements (project, scope, scope_value, measured_at, value, lower, labels, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::double precision[],
    $6::double precision[], $7::integer[], $8::text[])
ON CONFLICT DO NOTHING

-- name: list_batch_bounds
-- $1 project: the latest lower bound of each batch.
SELECT DISTINCT ON (scope_value) scope_value AS batch_id, lower FROM agreements
WHERE project = $1 AND scope = 'batch'
ORDER BY scope_value, measured_at DESC, digest DESC

-- name: list_stale_labels
-- $1 projects, $2 task ids or null for all: labels that are stale and were not listed as such.
UPDATE labels SET stale_under = superseded.superseded_by
FROM submissions, tasks, superseded
WHERE submissions.label_id = labels.label_id AND submissions.revision = labels.revision
    AND tasks.task_id = submissions.task_id AND tasks.project = superseded.project
    AND superseded.guideline_version = submissions.guideline_version
    AND tasks.project = ANY ($1::text[])
    AND ($2::text[] IS NULL OR tasks.task_id = ANY ($2::text[]))
    AND labels.status = 'accepted'
    AND labels.stale_under IS DISTINCT FROM superseded.superseded_by
RETURNING labels.label_id, tasks.project, tasks.item_id,
    submissions.guideline_version, superseded.superseded_by

-- name: add_flags
INSERT INTO flags AS known (project, guideline_version, section, kind, flagged_by, note, flagged_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[])
ON CONFLICT (project, guideline_version, section, kind, flagged_by, note) DO UPDATE
    SET flagged_at = least(known.flagged_at, excluded.flagged_at)

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

-- name: add_pools
-- Of several events of one revision the earliest counts.
INSERT INTO pools AS known (project, vendor, pool, revision, document, defined_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::jsonb[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (project, vendor, pool, revision) DO UPDATE SET
    document = excluded.document, defined_at = excluded.defined_at, digest = excluded.digest
WHERE (excluded.defined_at, excluded.digest) < (known.defined_at, known.digest)

-- name: list_pools
-- $1 project or null for all: the pools in force.
SELECT DISTINCT ON (project, vendor, pool) document FROM pools
WHERE $1::text IS NULL OR project = $1
ORDER BY project, vendor, pool, revision DESC

-- name: add_capacity_requests
INSERT INTO capacity_requests AS known
    (request_id, project, vendor, pool, annotators, requested_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (request_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, pool = excluded.pool,
    annotators = excluded.annotators, requested_at = excluded.requested_at,
    digest = excluded.digest
WHERE (excluded.requested_at, excluded.digest) < (known.requested_at, known.digest)

-- name: list_capacity_requests
-- $1 projects: requests with the agreement that was known to hold when they were made, of the
-- project or else of the batch measured last.
SELECT request_id, project, vendor, pool, annotators, requested_at, granted,
    capacity_requests.agreement_lower, capacity_requests.floor, told_revision,
    measured.lower, agreement_floor(project, requested_at) AS floor_then
FROM capacity_requests
LEFT JOIN LATERAL (
    SELECT lower FROM agreements
    WHERE agreements.project = capacity_requests.project AND scope IN ('project', 'batch')
        AND measured_at <= requested_at
    ORDER BY scope = 'project' DESC, measured_at DESC, agreements.digest DESC LIMIT 1
) AS measured ON true
WHERE project = ANY ($1::text[]) ORDER BY request_id

-- name: save_growth
-- $1 request ids, $2 verdicts, $3 lower bounds, $4 floors: told once more.
UPDATE capacity_requests SET granted = told.granted, agreement_lower = told.lower,
    floor = told.floor, told_revision = told_revision + 1
FROM unnest($1::text[], $2::boolean[], $3::double precision[], $4::double precision[])
    AS told (request_id, granted, lower, floor)
WHERE capacity_requests.request_id = told.request_id

-- name: add_demands
-- $1 remediation ids, $2 projects, $3 numbers of items.
INSERT INTO demands (remediation_id, project, items)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[])
ON CONFLICT (remediation_id) DO UPDATE SET project = excluded.project,
    items = greatest(demands.items, excluded.items)

-- name: close_demands
-- $1 remediation ids.
INSERT INTO demands (remediation_id, closed) SELECT id, true FROM unnest($1::text[]) AS id
ON CONFLICT (remediation_id) DO UPDATE SET closed = true

-- name: list_forecasts
-- $1 project or null for all: labels that open remediations still need, less those they have.
WITH wanted AS (
    SELECT DISTINCT ON (project) project, overlap FROM definitions ORDER BY project, revision DESC
), given AS (
    SELECT batches.remediation_id, count(*) AS labels
    FROM batches JOIN tasks USING (batch_id) JOIN labels ON labels.task_id = tasks.task_id
    WHERE labels.status = 'accepted' AND NOT tasks.golden AND tasks.tier = 'tier1'
    GROUP BY 1
)
SELECT project, count(*) AS remediations,
    sum(greatest(items * overlap - coalesce(given.labels, 0), 0)) AS labels
FROM demands JOIN wanted USING (project) LEFT JOIN given USING (remediation_id)
WHERE NOT closed AND ($1::text IS NULL OR project = $1) GROUP BY project ORDER BY project

-- name: add_costs
INSERT INTO costs AS known (statement_id, project, vendor, amount, currency, reported_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (statement_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, amount = excluded.amount,
    currency = excluded.currency, reported_at = excluded.reported_at, digest = excluded.digest
WHERE (excluded.reported_at, excluded.digest) > (known.reported_at, known.digest)

-- name: list_backlogs
-- $1 project or null for all: labels that are still wanted, of each project and tier.
SELECT project, tier, sum(greatest(overlap - coalesce(given.labels, 0), 0)) AS labels,
    count(*) AS tasks
FROM tasks
LEFT JOIN (
    SELECT task_id, count(*) AS labels FROM labels WHERE status = 'accepted' GROUP BY task_id
) AS given USING (task_id)
WHERE project IS NOT NULL AND NOT completed AND ($1::text IS NULL OR project = $1)
GROUP BY project, tier ORDER BY project, tier

-- name: list_throughputs
-- $1 since: accepted labels of each project, vendor and pool submitted since then.
SELECT tasks.project, vendor, pool, count(*) AS labels
FROM submissions
JOIN labels USING (label_id, revision)
JOIN tasks ON tasks.task_id = labels.task_id
WHERE labels.status = 'accepted' AND submitted_at >= $1 GROUP BY 1, 2, 3

-- name: list_scorecards
-- $1 project or null for all: what became of each vendor's labels.
WITH standing AS (
    SELECT tasks.project, latest.vendor, labels.label_id, labels.status, revisions.number,
        extract(epoch FROM first.submitted_at - batches.requested_at) / 3600 AS hours
    FROM labels
    JOIN tasks ON tasks.task_id = labels.task_id
    JOIN batches ON batches.batch_id = tasks.batch_id
    JOIN LATERAL (
        SELECT count(*) AS number, min(revision) AS lowest, max(revision) AS highest
        FROM submissions WHERE submissions.label_id = labels.label_id
    ) AS revisions ON true
    JOIN submissions AS first
        ON first.label_id = labels.label_id AND first.revision = revisions.lowest
    JOIN submissions AS latest
        ON latest.label_id = labels.label_id AND latest.revision = revisions.highest
    WHERE $1::text IS NULL OR tasks.project = $1
), labelled AS (
    SELECT project, vendor, count(*) FILTER (WHERE status = 'accepted') AS accepted,
        avg((status = 'rejected' OR number > 1)::integer) FILTER (WHERE status <> 'withdrawn')
            AS rework,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) FILTER (WHERE status = 'accepted')
            AS lead_time_p95_hours
    FROM standing GROUP BY project, vendor
), golden AS (
    SELECT project, vendor, count(*) FILTER (WHERE correct) AS correct, count(*) AS total
    FROM golden_scores GROUP BY project, vendor
), cohorts AS (
    SELECT DISTINCT ON (project, scope_value) project, split_part(scope_value, '/', 1) AS vendor,
        value, labels
    FROM agreements WHERE scope = 'cohort'
    ORDER BY project, scope_value, measured_at DESC, digest DESC
), agreed AS (
    SELECT project, vendor, sum(value * labels) / nullif(sum(labels), 0) AS alpha
    FROM cohorts WHERE value IS NOT NULL GROUP BY project, vendor
), paid AS (
    SELECT project, vendor, sum(amount) AS amount, min(currency) AS currency
    FROM costs GROUP BY project, vendor HAVING count(DISTINCT currency) = 1
)
SELECT project, vendor, accepted, coalesce(golden.correct, 0) AS golden_correct,
    coalesce(golden.total, 0) AS golden_total, alpha, rework::double precision,
    lead_time_p95_hours, amount / nullif(accepted, 0) AS cost_per_accepted_label, currency
FROM labelled
LEFT JOIN golden USING (project, vendor)
LEFT JOIN agreed USING (project, vendor)
LEFT JOIN paid USING (project, vendor)
ORDER BY project, vendor

-- name: add_golden_scores
-- QA's latest word on a label counts.
INSERT INTO golden_scores AS known
    (label_id, project, vendor, annotator, correct, scored_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (label_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, annotator = excluded.annotator,
    correct = excluded.correct, scored_at = excluded.scored_at, digest = excluded.digest
WHERE (excluded.scored_at, excluded.digest) > (known.scored_at, known.digest)

-- name: list_scored
-- $1 label ids.
SELECT DISTINCT project, vendor, annotator FROM golden_scores WHERE label_id = ANY ($1::text[])

-- name: list_golden_answers
-- $1 projects, $2 vendors, $3 annotators: their answers to golden items.
SELECT golden_scores.project, golden_scores.vendor, golden_scores.annotator, label_id, correct,
    submissions.guideline_version, coalesce(tasks.slices ->> 'domain', 'any') AS domain,
    submissions.submitted_at
FROM unnest($1::text[], $2::text[], $3::text[]) AS person (project, vendor, annotator)
JOIN golden_scores USING (project, vendor, annotator)
JOIN LATERAL (
    SELECT guideline_version, submitted_at, task_id FROM submissions
    WHERE submissions.label_id = golden_scores.label_id::uuid ORDER BY revision LIMIT 1
) AS submissions ON true
JOIN tasks ON tasks.task_id = submissions.task_id AND tasks.project IS NOT NULL

-- name: save_qualifications
-- $1 projects, $2 vendors, $3 annotators, $4 versions, $5 domains, $6 until when; returns what was
-- told of each before.
INSERT INTO qualifications (project, vendor, annotator, guideline_version, domain, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[])
ON CONFLICT (project, vendor, annotator, guideline_version, domain)
    DO UPDATE SET expires_at = excluded.expires_at
RETURNING project, vendor, annotator, guideline_version, domain, told

-- name: tell_qualifications
-- $1 to $5 as above, $6 what is told now.
UPDATE qualifications SET told = news.told
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS news (project, vendor, annotator, guideline_version, domain, told)
WHERE (qualifications.project, qualifications.vendor, qualifications.annotator,
       qualifications.guideline_version, qualifications.domain)
    = (news.project, news.vendor, news.annotator, news.guideline_version, news.domain)

-- name: list_expired
-- $1 now: qualifications that were told of and are over.
UPDATE qualifications SET told = NULL WHERE told <= $1
RETURNING project, vendor, annotator, guideline_version, domain

-- name: announce
-- $1 kind, $2 names, $3 digests; returns the names whose digest is new.
INSERT INTO announcements AS known (kind, name, digest)
SELECT $1, * FROM unnest($2::text[], $3::text[])
ON CONFLICT (kind, name) DO UPDATE SET digest = excluded.digest
WHERE known.digest <> excluded.digest
RETURNING name

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

-- name: erase_submissions
-- $1 projects, $2 item ids: labels that are texts; those that come later forget_texts() empties.
UPDATE submissions SET value = ''
FROM tasks JOIN unnest($1::text[], $2::text[]) AS erased (project, item_id) USING (project, item_id)
WHERE submissions.task_id = tasks.task_id AND tasks.label_kind = 'text' AND value <> ''
RETURNING label_id
