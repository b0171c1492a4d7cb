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

-- name: load_run_failures
-- Failures of runs by the slices of their samples (their own, where the sample is not known): late
-- ones come again and again, and a row for each would cost more than all the rest.
SELECT failure.run_id, failure.metric, failure.category, failure.severity,
       coalesce(sample.slices, failure.slices) AS slices,
       array_agg(failure.failure_id) AS failure_ids,
       jsonb_agg(failure.suspect_items) FILTER (WHERE failure.suspect_items <> '[]') AS suspects
FROM failures AS failure
LEFT JOIN samples AS sample USING (run_id, metric, sample_id)
WHERE failure.part_of_run AND failure.run_id = ANY($1::text[])
GROUP BY failure.run_id, failure.metric, failure.category, failure.severity,
         coalesce(sample.slices, failure.slices)

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

-- name: put_regressions
INSERT INTO regressions (regression_id, project, run_id, metric, slices, attribution, detected_at)
SELECT regression_id, project, run_id, metric, slices, attribution, $2
FROM jsonb_to_recordset($1::jsonb) AS given(
    regression_id text, project text, run_id text, metric text, slices jsonb, attribution jsonb)
ON CONFLICT (regression_id) DO UPDATE SET attribution = excluded.attribution
WHERE regressions.attribution <> excluded.attribution
