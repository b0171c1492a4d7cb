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
