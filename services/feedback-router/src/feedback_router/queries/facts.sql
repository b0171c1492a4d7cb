-- name: add_projects
-- The highest revision of a project's definition counts.
INSERT INTO projects (project, revision, accountable, guideline_version, overlap)
SELECT DISTINCT ON (project) project, revision, accountable, guideline_version, overlap
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, revision integer, accountable text, guideline_version text, overlap integer)
ORDER BY project, revision DESC
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision,
    accountable = excluded.accountable,
    guideline_version = excluded.guideline_version,
    overlap = excluded.overlap
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

-- name: add_decisions
INSERT INTO decisions (decision_id, remediation_id, approved, reason, made_by, role, made_at)
SELECT decision_id, remediation_id, approved, reason, made_by, role, made_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    decision_id text, remediation_id text, approved boolean, reason text, made_by text,
    role text, made_at timestamptz)
ON CONFLICT DO NOTHING

-- name: find_projects_of_remediations
SELECT DISTINCT project FROM remediations WHERE remediation_id = ANY($1::text[])

-- name: find_all_projects
SELECT DISTINCT project FROM remediations ORDER BY project
