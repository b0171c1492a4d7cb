-- name: lock_service_shared
-- Handlers of project events share the service's lock …
SELECT pg_advisory_xact_lock_shared(hashtextextended('feedback-router', 0))

-- name: lock_service
-- … and decisions, which name no project, take it alone, so that a decision and the remediation
-- that it is about cannot miss each other.
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router', 0))

-- name: lock_projects
-- One group member at a time recomputes a project; locked in key order.
SELECT pg_advisory_xact_lock(hashtextextended('feedback-router/' || project, 0))
FROM (SELECT DISTINCT unnest($1::text[]) AS project ORDER BY project) AS ordered

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
                  completed_at, chunks)
SELECT run_id, project, model, task, dataset_version ->> 'dataset',
       (dataset_version ->> 'version')::integer, baseline_run_id, completed_at, chunks
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, project text, model text, task text, dataset_version jsonb,
    baseline_run_id text, completed_at timestamptz, chunks integer)
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
INSERT INTO samples (run_id, metric, sample_id, slices, passed, errored)
SELECT chunk.run_id, chunk.metric, sample.sample_id, sample.slices, sample.passed, sample.errored
FROM chunk, jsonb_to_recordset(chunk.samples) AS sample(
    sample_id text, slices jsonb, passed boolean, errored boolean)
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
SELECT run.run_id, run.baseline_run_id
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
SELECT run_id, metric, sample_id, slices, passed, errored
FROM samples WHERE run_id = ANY($1::text[])

-- name: add_assessments
INSERT INTO assessments (run_id, project, standing, compared)
SELECT run_id, project, standing, compared
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, project text, standing text, compared integer)

-- name: add_comparisons
INSERT INTO comparisons (run_id, metric, slices, project, pairs, passed_before, passed_after,
                         lost, gained, p_value, q_value, regressed)
SELECT run_id, metric, slices, project, pairs, passed_before, passed_after, lost, gained,
       p_value, q_value, regressed
FROM jsonb_to_recordset($1::jsonb) AS given(
    run_id text, metric text, slices jsonb, project text, pairs integer, passed_before integer,
    passed_after integer, lost integer, gained integer, p_value double precision,
    q_value double precision, regressed boolean)

-- name: load_regressed
-- Every comparison of a project that came out as a regression, with both runs.
SELECT comparison.*, run.model, run.task, run.completed_at, run.dataset, run.dataset_version,
       run.baseline_run_id, baseline.model AS baseline_model,
       baseline.dataset AS baseline_dataset, baseline.dataset_version AS baseline_version
FROM comparisons AS comparison
JOIN runs AS run USING (run_id)
JOIN runs AS baseline ON baseline.run_id = run.baseline_run_id
WHERE comparison.project = $1 AND comparison.regressed
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
       coalesce(sample.slices, failure.slices) AS slices
FROM failures AS failure
LEFT JOIN samples AS sample USING (run_id, metric, sample_id)
WHERE failure.part_of_run AND failure.run_id = ANY($1::text[])
ORDER BY failure.failure_id

-- name: load_clusters
-- Single failures by the remediation that answers them.
SELECT remediation_id, min(project) AS project, min(category) AS category, min(metric) AS metric,
       min(task) AS task, min(model) AS model, count(*) AS failures,
       array_agg(DISTINCT severity) AS severities
FROM failures WHERE remediation_id = ANY($1::text[])
GROUP BY remediation_id

-- name: load_cluster_items
-- The training items that single failures name as suspects.
SELECT DISTINCT remediation_id, item_id
FROM failures, jsonb_array_elements_text(suspect_items) AS item_id
WHERE remediation_id = ANY($1::text[])
ORDER BY remediation_id, item_id

-- name: load_cluster_failures
-- The first thousand failures of each cluster, to be named in its request.
SELECT remediation_id, failure_id FROM (
    SELECT remediation_id, failure_id,
           row_number() OVER (PARTITION BY remediation_id ORDER BY failure_id) AS place
    FROM failures WHERE remediation_id = ANY($1::text[])
) AS numbered
WHERE place <= 1000
ORDER BY remediation_id, failure_id

-- name: load_standings
SELECT run.run_id, run.baseline_run_id, assessment.standing, assessment.compared
FROM assessments AS assessment JOIN runs AS run USING (run_id)
WHERE assessment.run_id = ANY($1::text[])

-- name: find_dependent_runs
SELECT run_id FROM runs
WHERE project = $1 AND (run_id = ANY($2::text[]) OR baseline_run_id = ANY($2::text[]))

-- name: load_regressed_slices
SELECT run_id, metric, slices FROM comparisons WHERE regressed AND run_id = ANY($1::text[])

-- name: load_single_failures
-- Single failures of some runs that their remediation's request does not name.
SELECT failure.failure_id, failure.run_id, failure.remediation_id
FROM failures AS failure
LEFT JOIN announcements AS request
  ON request.subject = failure.remediation_id AND request.aspect = 'requested'
WHERE NOT failure.part_of_run AND failure.run_id = ANY($1::text[])
  AND NOT coalesce(request.failure_ids ? failure.failure_id, false)
ORDER BY failure.failure_id

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
                          acceptance, reason, policy_version, requested_at)
SELECT remediation_id, project, kind, slices, category, regression_ids, found_in, model, priority,
       quota, item_ids, cohort, budget, due_at, acceptance, reason, policy_version, $2
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, project text, kind text, slices jsonb, category text,
    regression_ids jsonb, found_in text, model text, priority double precision, quota integer,
    item_ids jsonb, cohort text, budget double precision, due_at timestamptz, acceptance jsonb,
    reason text, policy_version text)
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
    policy_version = excluded.policy_version

-- name: find_projects_of_remediations
SELECT DISTINCT project FROM remediations WHERE remediation_id = ANY($1::text[])

-- name: load_remediations
SELECT * FROM remediations WHERE project = $1 ORDER BY remediation_id

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

-- name: load_batches
-- Which remediation a batch belongs to, whoever says so.
SELECT DISTINCT batch_id, remediation_id FROM (
    SELECT batch_id, remediation_id FROM batch_tasks WHERE project = $1
    UNION ALL
    SELECT batch_id, remediation_id FROM released_batches WHERE project = $1
) AS said
WHERE remediation_id IS NOT NULL

-- name: load_versions
-- Every version with what it was built upon and from.
SELECT dataset, version, parents, batch_ids, remediation_ids
FROM published_versions WHERE project = $1
UNION ALL
SELECT dataset, version, parents, '[]', '[]' FROM registered_chunks WHERE project = $1

-- name: load_complete_runs
SELECT run_id, model, task, dataset, dataset_version, completed_at
FROM runs AS run
WHERE project = $1
  AND (SELECT count(*) FROM sample_chunks WHERE run_id = run.run_id) >= run.chunks

-- name: load_slice_outcomes
-- Outcomes of one metric on one slice of one run each, numbered as asked for.
SELECT given.place, sample.sample_id, sample.metric, sample.slices, sample.passed, sample.errored
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
    effect = given.effect
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, state text, decided_by text, completed_in text, trial_run_id text,
    effect jsonb)
WHERE remediations.remediation_id = given.remediation_id

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
       completed_in, trial_run_id, effect, requested_at
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
