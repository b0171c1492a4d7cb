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
