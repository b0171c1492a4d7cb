-- name: lock_projects
-- One group member at a time recomputes a project; locked in key order, and before any of them a
-- share of the service's lock: no row of the join is there until it is held.
WITH service AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(hashtextextended('feedback-router', 0))
)
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router/' || project, 0))
FROM service, (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY project) AS ordered

-- name: lock_service
-- Decisions name no project and take the service's lock alone, so that a decision and the
-- remediation that it is about cannot miss each other.
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router', 0))

-- name: add_projects
-- The highest revision of a project's definition counts.
INSERT INTO projects (project, revision, accountable, guideline_version)
SELECT DISTINCT ON (project) project, revision, accountable, guideline_version
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, revision integer, accountable text, guideline_version text)
ORDER BY project, revision DESC
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision,
    accountable = excluded.accountable,
    guideline_version = excluded.guideline_version
WHERE projects.revision < excluded.revision

-- name: add_runs
INSERT INTO runs (run_id, project, model, task, dataset, dataset_version, baseline_run_id,
                  completed_at, chunks, samples, errored)
SELECT run_id, project, model, task, dataset_version ->> 'dataset',
       (dataset_version ->> 'version')::integer, baseline_run_id, completed_at, chunks, samples,
       errored
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, project text, model text, task text, dataset_version jsonb,
    baseline_run_id text, completed_at timestamptz, chunks integer, samples integer,
    errored integer)
ON CONFLICT DO NOTHING

-- name: add_samples
-- Chunks of outcomes, and that they are here.
WITH chunk AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given(
        run_id text, metric text, chunk integer, samples jsonb)
), arrived AS (
    INSERT INTO sample_chunks (run_id, metric, chunk)
    SELECT run_id, metric, chunk FROM chunk
    ON CONFLICT DO NOTHING
)
INSERT INTO samples (run_id, metric, sample_id, slices, passed, errored, score, cluster)
SELECT chunk.run_id, chunk.metric, sample.sample_id, sample.slices, sample.passed, sample.errored,
       sample.score, sample.cluster
FROM chunk, jsonb_to_recordset(chunk.samples) AS sample(
    sample_id text, slices jsonb, passed boolean, errored boolean, score double precision,
    cluster text)
ON CONFLICT DO NOTHING

-- name: add_failures
INSERT INTO failures (failure_id, run_id, project, model, task, metric, sample_id, part_of_run,
                      slices, category, severity, suspect_items, remediation_id)
SELECT failure_id, run_id, project, model, task, metric, sample_id, part_of_run,
       slices, category, severity, suspect_items, remediation_id
FROM jsonb_to_recordset($1::jsonb) AS given(
    failure_id text, run_id text, project text, model text, task text, metric text,
    sample_id text, part_of_run boolean, slices jsonb, category text, severity text,
    suspect_items jsonb, remediation_id text)
ON CONFLICT DO NOTHING
RETURNING failure_id

-- name: add_training_runs
INSERT INTO training_runs (training_run_id, project, model, datasets, recipe, completed_at)
SELECT training_run_id, project, model, datasets, recipe, completed_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    training_run_id text, project text, model text, datasets jsonb, recipe text,
    completed_at timestamptz)
ON CONFLICT DO NOTHING

-- name: add_published_versions
INSERT INTO published_versions (project, dataset, version, parents, batch_ids, remediation_ids,
                                composition)
SELECT project, dataset, version, parents, batch_ids, remediation_ids, composition
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, dataset text, version integer, parents jsonb, batch_ids jsonb,
    remediation_ids jsonb, composition jsonb)
ON CONFLICT DO NOTHING

-- name: add_registered_versions
WITH chunk AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given(
        project text, dataset text, version integer, chunk integer, chunks integer,
        parents jsonb, rows jsonb)
), arrived AS (
    INSERT INTO registered_chunks (project, dataset, version, chunk, chunks, parents)
    SELECT project, dataset, version, chunk, chunks, parents FROM chunk
    ON CONFLICT DO NOTHING
)
INSERT INTO registered_rows (project, dataset, version, item_id, cohort, slices)
SELECT chunk.project, chunk.dataset, chunk.version, item.item_id, item.cohort, item.slices
FROM chunk, jsonb_to_recordset(chunk.rows) AS item(item_id text, cohort text, slices jsonb)
ON CONFLICT DO NOTHING

-- name: add_decisions
INSERT INTO decisions (decision_id, remediation_id, approved, reason, made_by, role, made_at)
SELECT decision_id, remediation_id, approved, reason, made_by, role, made_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    decision_id text, remediation_id text, approved boolean, reason text, made_by text,
    role text, made_at timestamptz)
ON CONFLICT DO NOTHING

-- name: add_fulfilled_briefs
INSERT INTO fulfilled_briefs (brief_id, project, remediation_id, items)
SELECT brief_id, project, remediation_id, jsonb_array_length(item_ids)
FROM jsonb_to_recordset($1::jsonb) AS given(
    brief_id text, project text, remediation_id text, item_ids jsonb)
WHERE remediation_id IS NOT NULL
ON CONFLICT DO NOTHING

-- name: add_tasks
-- A task is told of twice, in either order: when it is created and when it is completed.
INSERT INTO batch_tasks (task_id, project, batch_id, batch_size, remediation_id, completed)
SELECT DISTINCT ON (task_id) task_id, project, batch_id, batch_size, remediation_id, completed
FROM jsonb_to_recordset($1::jsonb) AS given(
    task_id text, project text, batch_id text, batch_size integer, remediation_id text,
    completed boolean)
ON CONFLICT (task_id) DO UPDATE SET
    batch_size = coalesce(batch_tasks.batch_size, excluded.batch_size),
    remediation_id = coalesce(batch_tasks.remediation_id, excluded.remediation_id),
    completed = batch_tasks.completed OR excluded.completed

-- name: add_released_batches
-- The highest revision of a release counts.
INSERT INTO released_batches (batch_id, project, revision, remediation_id, items)
SELECT DISTINCT ON (batch_id) batch_id, project, revision, remediation_id,
       jsonb_array_length(items)
FROM jsonb_to_recordset($1::jsonb) AS given(
    batch_id text, project text, revision integer, remediation_id text, items jsonb)
ORDER BY batch_id, revision DESC
ON CONFLICT (batch_id) DO UPDATE SET
    revision = excluded.revision,
    remediation_id = excluded.remediation_id,
    items = excluded.items
WHERE released_batches.revision < excluded.revision

-- name: find_assessable_runs
-- These runs and those compared with them, where all outcomes of both sides are here and nothing
-- has been said yet.
SELECT run.run_id, run.baseline_run_id, run.samples > 0 AND run.errored >= run.samples AS crashed
FROM runs AS run
LEFT JOIN runs AS baseline
  ON baseline.run_id = run.baseline_run_id AND baseline.project = run.project
WHERE run.project = $1
  AND (run.run_id = ANY($2::text[]) OR run.baseline_run_id = ANY($2::text[]))
  AND NOT EXISTS (SELECT FROM assessments WHERE assessments.run_id = run.run_id)
  AND (SELECT count(*) FROM sample_chunks WHERE run_id = run.run_id) >= run.chunks
  AND (run.baseline_run_id IS NULL OR
       (SELECT count(*) FROM sample_chunks WHERE run_id = baseline.run_id) >= baseline.chunks)
ORDER BY run.run_id

-- name: load_outcomes
SELECT run_id, metric, sample_id, slices, passed, errored, score, cluster
FROM samples WHERE run_id = ANY($1::text[])

-- name: add_assessments
INSERT INTO assessments (run_id, project, standing, compared, correction)
SELECT run_id, project, standing, compared, correction
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, project text, standing text, compared integer, correction text)

-- name: add_comparisons
INSERT INTO comparisons (run_id, metric, slices, project, pairs, passed_before, passed_after,
                         lost, gained, p_value, q_value, regressed, test, discovered,
                         difference, lower, upper, samples_before)
SELECT run_id, metric, slices, project, pairs, passed_before, passed_after, lost, gained,
       p_value, q_value, regressed, test, discovered, difference, lower, upper, samples_before
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, metric text, slices jsonb, project text, pairs integer, passed_before integer,
    passed_after integer, lost integer, gained integer, p_value double precision,
    q_value double precision, regressed boolean, test text, discovered boolean,
    difference double precision, lower double precision, upper double precision,
    samples_before integer)

-- name: find_models_of_runs
-- The models of these runs and of those compared with them.
SELECT DISTINCT model FROM runs
WHERE project = $1 AND (run_id = ANY($2::text[]) OR baseline_run_id = ANY($2::text[]))

-- name: load_regressed
-- Every comparison of a project's models (null: of all) that came out as a regression, with both
-- runs.
SELECT comparison.*, assessment.correction, run.model, run.task, run.completed_at, run.dataset, run.dataset_version,
       run.baseline_run_id, baseline.model AS baseline_model,
       baseline.dataset AS baseline_dataset, baseline.dataset_version AS baseline_version
FROM comparisons AS comparison
JOIN runs AS run USING (run_id)
JOIN runs AS baseline ON baseline.run_id = run.baseline_run_id
JOIN assessments AS assessment ON assessment.run_id = comparison.run_id
WHERE comparison.project = $1 AND comparison.regressed
  AND ($2::text[] IS NULL OR run.model = ANY($2))
ORDER BY comparison.run_id, comparison.metric, comparison.slices

-- name: load_training
-- How each model came to be: its latest training run.
SELECT DISTINCT ON (model) model, datasets, recipe
FROM training_runs WHERE project = $1
ORDER BY model, completed_at DESC, training_run_id DESC

-- name: load_composition
-- What these versions are made of: as lineage published it, else as it was registered once every
-- chunk is here. A version of which neither is known has no row.
WITH wanted AS (
    SELECT * FROM unnest($2::text[], $3::integer[]) AS given(dataset, version)
), whole AS (
    SELECT dataset, version FROM registered_chunks JOIN wanted USING (dataset, version)
    WHERE project = $1
    GROUP BY dataset, version HAVING count(*) >= max(chunks)
)
SELECT dataset, version, part.slices, part.cohort, part.items::bigint AS items
FROM published_versions JOIN wanted USING (dataset, version)
LEFT JOIN LATERAL jsonb_to_recordset(composition)
    AS part(slices jsonb, cohort text, items integer) ON true
WHERE project = $1
UNION ALL
SELECT dataset, version, item.slices, item.cohort, count(item.item_id)
FROM whole
LEFT JOIN registered_rows AS item USING (dataset, version)
WHERE (item.project = $1 OR item.project IS NULL)
  AND NOT EXISTS (
    SELECT FROM published_versions AS published
    WHERE published.project = $1 AND published.dataset = whole.dataset
      AND published.version = whole.version)
GROUP BY dataset, version, item.slices, item.cohort

-- name: load_cohort_items
-- The items of some cohorts within some slices of some versions, as far as rows are known.
SELECT wanted.place, item.item_id
FROM jsonb_to_recordset($2::jsonb) AS wanted(
    place integer, dataset text, version integer, cohort text, slices jsonb)
JOIN registered_rows AS item
  ON item.project = $1 AND item.dataset = wanted.dataset AND item.version = wanted.version
 AND item.cohort = wanted.cohort AND item.slices @> wanted.slices
ORDER BY wanted.place, item.item_id

-- name: load_run_failures
-- Failures of runs, in the slices of their samples (their own, where the sample is not known).
SELECT failure.failure_id, failure.run_id, failure.metric, failure.category, failure.severity,
       failure.suspect_items, coalesce(sample.slices, failure.slices) AS slices
FROM failures AS failure
LEFT JOIN samples AS sample USING (run_id, metric, sample_id)
WHERE failure.part_of_run AND failure.run_id = ANY($1::text[])
ORDER BY failure.failure_id

-- name: load_clusters
SELECT * FROM clusters WHERE remediation_id = ANY($1::text[])

-- name: put_clusters
INSERT INTO clusters (remediation_id, project, kind, category, slices, metric, task, model,
                      severity, failures, item_ids)
SELECT remediation_id, project, kind, category, slices, metric, task, model, severity, failures,
       item_ids
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, project text, kind text, category text, slices jsonb, metric text,
    task text, model text, severity text, failures integer, item_ids jsonb)
ON CONFLICT (remediation_id) DO UPDATE SET
    metric = excluded.metric,
    task = excluded.task,
    model = excluded.model,
    severity = excluded.severity,
    failures = excluded.failures,
    item_ids = excluded.item_ids

-- name: load_suspect_rows
-- The rows of some versions that failures name as suspects, as far as rows are known.
SELECT dataset, version, item_id, cohort, slices
FROM registered_rows
WHERE project = $1 AND item_id = ANY($4::text[])
  AND (dataset, version) IN (SELECT * FROM unnest($2::text[], $3::integer[]))

-- name: load_quality
-- What quality control has against cohorts: agreement below the floor, suspended annotators.
SELECT cohort, min(agreement) AS agreement, max(floor) AS floor, NULL AS vendor, 0 AS suspended
FROM cohort_agreements WHERE project = $1 AND failed GROUP BY cohort
UNION ALL
SELECT NULL, NULL, NULL, vendor, count(*) FROM suspensions WHERE project = $1 GROUP BY vendor

-- name: load_standings
SELECT run.run_id, run.baseline_run_id, assessment.standing, assessment.compared,
       assessment.correction
FROM assessments AS assessment JOIN runs AS run USING (run_id)
WHERE assessment.run_id = ANY($1::text[])

-- name: find_dependent_runs
SELECT run_id FROM runs
WHERE project = $1 AND (run_id = ANY($2::text[]) OR baseline_run_id = ANY($2::text[]))

-- name: load_single_failures
-- Single failures of some runs, and no more than so many of each: who has more is in a storm.
SELECT wanted.run_id, single.failure_id, single.remediation_id
FROM unnest($1::text[]) AS wanted(run_id), LATERAL (
    SELECT failure_id, remediation_id FROM failures
    WHERE NOT part_of_run AND failures.run_id = wanted.run_id
    LIMIT $2
) AS single

-- name: load_named_failures
-- The failures that requests of remediations have named.
SELECT subject AS remediation_id, failure_ids FROM announcements
WHERE aspect = 'requested' AND subject = ANY($1::text[])

-- name: put_regressions
INSERT INTO regressions (regression_id, project, run_id, metric, slices, attribution, detected_at)
SELECT regression_id, project, run_id, metric, slices, attribution, $2
FROM jsonb_to_recordset($1::jsonb) AS given(
    regression_id text, project text, run_id text, metric text, slices jsonb, attribution jsonb)
ON CONFLICT (regression_id) DO UPDATE SET attribution = excluded.attribution
WHERE regressions.attribution <> excluded.attribution

-- name: put_remediations
-- What is asked for; how far it has come is put by put_lives.
INSERT INTO remediations (remediation_id, project, kind, slices, category, regression_ids,
                          found_in, model, priority, quota, item_ids, cohort, budget, due_at,
                          acceptance, reason, policy_version, owner, guideline_reference,
                          requested_at)
SELECT remediation_id, project, kind, slices, category, regression_ids, found_in, model, priority,
       quota, item_ids, cohort, budget, due_at, nullif(acceptance, 'null'), reason, policy_version,
       owner, guideline_reference, $2
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, project text, kind text, slices jsonb, category text,
    regression_ids jsonb, found_in text, model text, priority double precision, quota integer,
    item_ids jsonb, cohort text, budget double precision, due_at timestamptz, acceptance jsonb,
    reason text, policy_version text, owner text, guideline_reference text)
ON CONFLICT (remediation_id) DO UPDATE SET
    category = excluded.category,
    regression_ids = excluded.regression_ids,
    found_in = excluded.found_in,
    model = excluded.model,
    priority = excluded.priority,
    quota = excluded.quota,
    item_ids = excluded.item_ids,
    budget = excluded.budget,
    due_at = excluded.due_at,
    acceptance = excluded.acceptance,
    reason = excluded.reason,
    policy_version = excluded.policy_version,
    owner = excluded.owner,
    guideline_reference = excluded.guideline_reference

-- name: find_projects_of_remediations
SELECT DISTINCT project FROM remediations WHERE remediation_id = ANY($1::text[])

-- name: load_remediations
-- Those of a project, or (unless null) of these names alone.
SELECT * FROM remediations
WHERE project = $1 AND ($2::text[] IS NULL OR remediation_id = ANY($2))
ORDER BY remediation_id

-- name: load_accountable
SELECT accountable, guideline_version FROM projects WHERE project = $1

-- name: load_decisions
SELECT decision.* FROM decisions AS decision
JOIN remediations USING (remediation_id)
WHERE project = $1

-- name: load_progress
-- Stages reached: briefs fulfilled, batches labelled to the last task, batches released.
WITH batch AS (
    SELECT batch_id, max(remediation_id) AS remediation_id, max(batch_size) AS batch_size,
           count(*) FILTER (WHERE completed) AS completed
    FROM batch_tasks WHERE project = $1
    GROUP BY batch_id
)
SELECT 'sourced' AS stage, remediation_id, brief_id, NULL AS batch_id, items AS done
FROM fulfilled_briefs WHERE project = $1
UNION ALL
SELECT 'labelled', remediation_id, NULL, batch_id, completed
FROM batch WHERE remediation_id IS NOT NULL AND completed >= batch_size
UNION ALL
SELECT 'released', coalesce(released.remediation_id, batch.remediation_id), NULL, batch_id,
       released.items
FROM released_batches AS released LEFT JOIN batch USING (batch_id)
WHERE released.project = $1
  AND coalesce(released.remediation_id, batch.remediation_id) IS NOT NULL

-- name: load_versions_naming
-- The dataset versions that say they hold the fix of one of these remediations, or a batch of it,
-- whoever says that it belongs to it.
WITH batch AS (
    SELECT batch_id, remediation_id FROM batch_tasks
    WHERE project = $1 AND remediation_id = ANY($2::text[])
    UNION
    SELECT batch_id, remediation_id FROM released_batches
    WHERE project = $1 AND remediation_id = ANY($2::text[])
)
SELECT remediation_id, dataset, version
FROM published_versions, unnest($2::text[]) AS wanted(remediation_id)
WHERE project = $1 AND remediation_ids ? remediation_id
UNION
SELECT remediation_id, dataset, version
FROM published_versions JOIN batch ON batch_ids ? batch_id
WHERE project = $1
ORDER BY remediation_id, dataset, version

-- name: load_versions
-- Every version with what it was built upon.
SELECT dataset, version, parents FROM published_versions WHERE project = $1
UNION ALL
SELECT dataset, version, parents FROM registered_chunks WHERE project = $1

-- name: load_complete_runs
SELECT run_id, model, task, dataset, dataset_version, completed_at
FROM runs AS run
WHERE project = $1
  AND (SELECT count(*) FROM sample_chunks WHERE run_id = run.run_id) >= run.chunks

-- name: load_slice_outcomes
-- Outcomes of one metric on one slice of one run each, numbered as asked for.
SELECT given.place, sample.sample_id, sample.metric, sample.slices, sample.passed, sample.errored,
       sample.score, sample.cluster
FROM jsonb_to_recordset($1::jsonb) AS given(
    place integer, run_id text, metric text, slices jsonb)
JOIN samples AS sample
  ON sample.run_id = given.run_id AND sample.metric = given.metric
 AND sample.slices @> given.slices

-- name: load_cluster_samples
-- The samples of clusters' failures: all of them failed.
SELECT DISTINCT given.place, failure.sample_id, failure.metric
FROM jsonb_to_recordset($1::jsonb) AS given(place integer, remediation_id text, metric text)
JOIN failures AS failure
  ON failure.remediation_id = given.remediation_id AND failure.metric = given.metric

-- name: load_cluster_outcomes
-- What a later run made of those samples.
SELECT DISTINCT given.place, sample.sample_id, sample.metric, sample.passed, sample.errored
FROM jsonb_to_recordset($1::jsonb) AS given(
    place integer, remediation_id text, run_id text, metric text)
JOIN failures AS failure
  ON failure.remediation_id = given.remediation_id AND failure.metric = given.metric
JOIN samples AS sample
  ON sample.run_id = given.run_id AND sample.metric = given.metric
 AND sample.sample_id = failure.sample_id

-- name: drop_trials
DELETE FROM trials WHERE project = $1

-- name: add_trials
INSERT INTO trials (remediation_id, run_id, project, completed_at, passed, effect)
SELECT remediation_id, run_id, project, completed_at, passed, effect
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, run_id text, project text, completed_at timestamptz, passed boolean,
    effect jsonb)

-- name: load_trials
SELECT * FROM trials WHERE project = $1

-- name: put_lives
UPDATE remediations SET
    state = given.state,
    decided_by = given.decided_by,
    completed_in = given.completed_in,
    trial_run_id = given.trial_run_id,
    effect = given.effect,
    blocked = given.blocked
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, state text, decided_by text, completed_in text, trial_run_id text,
    effect jsonb, blocked text)
WHERE remediations.remediation_id = given.remediation_id
  AND (remediations.state, remediations.decided_by, remediations.completed_in,
       remediations.trial_run_id, remediations.effect, remediations.blocked)
      IS DISTINCT FROM
      (given.state, given.decided_by, given.completed_in, given.trial_run_id, given.effect,
       given.blocked)

-- name: load_announcements
SELECT subject, aspect, digest, revision FROM announcements WHERE subject = ANY($1::text[])

-- name: put_announcements
INSERT INTO announcements (subject, aspect, digest, revision, failure_ids)
SELECT subject, aspect, digest, revision, failure_ids
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, aspect text, digest text, revision integer, failure_ids jsonb)
ON CONFLICT (subject, aspect) DO UPDATE SET
    digest = excluded.digest, revision = excluded.revision, failure_ids = excluded.failure_ids

-- name: list_remediations
SELECT remediation_id, project, kind, state, slices, category, regression_ids, model, priority,
       quota, item_ids, cohort, budget, due_at, acceptance, reason, policy_version, decided_by,
       completed_in, trial_run_id, effect, requested_at, owner, guideline_reference, blocked
FROM remediations
WHERE ($1::text IS NULL OR project = $1) AND ($2::text IS NULL OR state = $2)
ORDER BY requested_at DESC, priority DESC, remediation_id
LIMIT $3

-- name: list_regressions
SELECT regression.regression_id, regression.project, regression.run_id, run.baseline_run_id,
       run.model, regression.metric, regression.slices, comparison.pairs,
       comparison.passed_before, comparison.passed_after, comparison.lost, comparison.gained,
       comparison.p_value, comparison.q_value, regression.attribution, regression.detected_at
FROM regressions AS regression
JOIN comparisons AS comparison USING (run_id, metric, slices)
JOIN runs AS run USING (run_id)
WHERE ($1::text IS NULL OR regression.project = $1)
ORDER BY regression.detected_at DESC, regression.regression_id
LIMIT $2

-- name: add_responsibilities
INSERT INTO responsibilities (project, decision_kind, person, role, revision, internal, revoked,
                              notify_url, assigned_at)
SELECT subject, decision_kind, person, role, revision, internal, revoked, notify_url, occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, decision_kind text, person text, role text, revision integer, internal boolean,
    revoked boolean, notify_url text, occurred_at timestamptz)
ON CONFLICT DO NOTHING

-- name: load_responsibilities
-- Of a project and of all projects, for one kind of decision.
SELECT project, person, role, internal, revoked, revision, notify_url, assigned_at
FROM responsibilities WHERE project IN ($1, '*') AND decision_kind = $2

-- name: find_all_projects
SELECT DISTINCT project FROM remediations ORDER BY project

-- name: add_consultations
INSERT INTO consultations (remediation_id, answered_by, answered_at, supports, statement, project)
SELECT subject, answered_by, answered_at, supports, statement, project
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, answered_by text, answered_at timestamptz, supports boolean, statement text,
    project text, decision_kind text)
WHERE decision_kind = 'approve_remediation'
ON CONFLICT DO NOTHING

-- name: load_consultations
SELECT remediation_id, answered_by, answered_at FROM consultations WHERE project = $1

-- name: add_policies
INSERT INTO policies (subject, version, changed_by, changed_at, document)
SELECT subject, version, changed_by, occurred_at, document
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, version text, changed_by text, occurred_at timestamptz, document text)
ON CONFLICT DO NOTHING

-- name: load_policies
SELECT subject, version, changed_by, changed_at, document FROM policies
WHERE subject = ANY($1::text[])

-- name: add_automation_decisions
INSERT INTO automation_decisions (decision_id, project, slices, level, made_by, role, made_at,
                                  expires_at, agreement_lower, labels)
SELECT decision_id, subject, slices, level, made_by, role, made_at, expires_at, agreement_lower,
       labels
FROM jsonb_to_recordset($1::jsonb) AS given(
    decision_id text, subject text, slices jsonb, level text, made_by text, role text,
    made_at timestamptz, expires_at timestamptz, agreement_lower double precision, labels integer)
ON CONFLICT DO NOTHING

-- name: load_automation_decisions
SELECT * FROM automation_decisions WHERE project = $1

-- name: add_drifts
INSERT INTO drifts (event_id, project, slices, chart, statistic, bound, detected_at)
SELECT event_id, project, slices, chart, statistic, "limit", occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    event_id text, project text, slices jsonb, chart text, statistic double precision,
    "limit" double precision, occurred_at timestamptz)
ON CONFLICT DO NOTHING

-- name: load_drifts
SELECT slices, chart, statistic, bound, detected_at FROM drifts WHERE project = $1

-- name: find_expired_automation
-- Projects with a decision that has run out and of which that has not been said.
SELECT DISTINCT project FROM automation_decisions AS decision
WHERE expires_at <= $1 AND level <> 'human'
  AND NOT EXISTS (
    SELECT FROM automation_decisions AS later
    WHERE later.project = decision.project AND later.slices = decision.slices
      AND (later.made_at, later.decision_id) > (decision.made_at, decision.decision_id))
  AND NOT EXISTS (
    SELECT FROM announcements
    WHERE aspect = 'level' AND digest = decision.decision_id || '/ended')
ORDER BY project

-- name: add_guideline_flags
INSERT INTO guideline_flags (project, guideline_version, section, flagged_by)
SELECT project, guideline_version, section, flagged_by
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, guideline_version text, section text, flagged_by text)
ON CONFLICT DO NOTHING

-- name: count_guideline_flags
SELECT guideline_version, section, count(*) AS people
FROM guideline_flags WHERE project = $1
GROUP BY guideline_version, section ORDER BY guideline_version, section

-- name: add_cohort_agreements
-- The latest measurement of a cohort in a batch counts.
INSERT INTO cohort_agreements (project, cohort, batch_id, agreement, floor, failed, measured_at)
SELECT DISTINCT ON (project, scope_value, coalesce(batch_id, ''))
       project, scope_value, coalesce(batch_id, ''), (agreement ->> 'value')::double precision,
       floor, verdict = 'failed', occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, scope text, scope_value text, batch_id text, agreement jsonb,
    floor double precision, verdict text, occurred_at timestamptz)
WHERE scope = 'cohort'
ORDER BY project, scope_value, coalesce(batch_id, ''), occurred_at DESC, verdict, agreement::text
ON CONFLICT (project, cohort, batch_id) DO UPDATE SET
    agreement = excluded.agreement,
    floor = excluded.floor,
    failed = excluded.failed,
    measured_at = excluded.measured_at
WHERE cohort_agreements.measured_at < excluded.measured_at

-- name: add_suspensions
INSERT INTO suspensions (project, vendor, annotator)
SELECT project, vendor, annotator
FROM jsonb_to_recordset($1::jsonb) AS given(project text, vendor text, annotator text)
ON CONFLICT DO NOTHING

-- name: add_notices
INSERT INTO notices (notice_id, person, url, body, due_at)
SELECT notice_id, person, url, body, $2
FROM jsonb_to_recordset($1::jsonb) AS given(notice_id text, person text, url text, body text)
ON CONFLICT DO NOTHING

-- name: claim_notices
-- Notices that are due, each taken by one member of the group for two minutes.
UPDATE notices SET due_at = $1::timestamptz + interval '2 minutes', attempts = attempts + 1
WHERE notice_id IN (
    SELECT notice_id FROM notices
    WHERE delivered_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT 20
    FOR UPDATE SKIP LOCKED)
RETURNING notice_id, person, url, body, attempts

-- name: settle_notice
UPDATE notices SET delivered_at = $2, due_at = coalesce($3, due_at), failure = $4
WHERE notice_id = $1

-- name: show_remediation
SELECT * FROM remediations WHERE remediation_id = $1

-- name: list_trials
SELECT run_id, completed_at, passed, effect FROM trials
WHERE remediation_id = $1 ORDER BY completed_at, run_id

-- name: list_decisions
SELECT decision_id, approved, reason, made_by, role, made_at FROM decisions
WHERE remediation_id = $1 ORDER BY made_at, decision_id

-- name: list_consultations
SELECT answered_by, answered_at, supports, statement FROM consultations
WHERE remediation_id = $1 ORDER BY answered_at, answered_by

-- name: measure_effectiveness
-- What each kind of fix has achieved per failure category: by the last trial of each remediation.
WITH last AS (
    SELECT DISTINCT ON (remediation_id) remediation_id, passed, completed_at,
           (effect ->> 'difference')::double precision AS difference
    FROM trials ORDER BY remediation_id, completed_at DESC, run_id DESC
)
SELECT kind, category, count(*) AS remediations, count(last.passed) AS tried,
       count(*) FILTER (WHERE last.passed) AS verified,
       count(*) FILTER (WHERE NOT last.passed) AS reopened,
       avg(last.difference) AS mean_difference,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM last.completed_at - found.completed_at) / 86400)
           FILTER (WHERE last.passed) AS median_days
FROM remediations AS remediation
LEFT JOIN last USING (remediation_id)
LEFT JOIN runs AS found ON found.run_id = remediation.found_in
WHERE $1::text IS NULL OR remediation.project = $1
GROUP BY kind, category ORDER BY kind, category NULLS LAST
