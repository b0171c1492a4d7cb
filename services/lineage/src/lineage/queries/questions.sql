-- name: training_of_model
-- The training runs of a model and the dataset versions in it, by what training runs and harnesses
-- say. A version that is only referred to has no hash yet.
SELECT run.id AS training_run_id, run.recipe, data.version_id, versions.hash, versions.items,
       versions.batch_ids, versions.remediation_ids
FROM (
    SELECT produced.from_id AS id, facts.attributes ->> 'recipe' AS recipe
    FROM edges AS produced
    LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect)
        = ('training_run', produced.from_id, 'completed')
    WHERE produced.to_kind = 'model' AND produced.to_id = $1
      AND produced.from_kind = 'training_run'
    UNION ALL SELECT NULL, NULL
) AS run
LEFT JOIN LATERAL (
    SELECT from_id AS version_id FROM edges
    WHERE from_kind = 'dataset_version'
      AND ((to_kind = 'training_run' AND to_id = run.id)
           OR (run.id IS NULL AND to_kind = 'model' AND to_id = $1))
) AS data ON true
LEFT JOIN versions USING (version_id)
WHERE run.id IS NOT NULL OR data.version_id IS NOT NULL
ORDER BY run.id, data.version_id;

-- name: failures_of_model
-- A model's failures by category and slices.
SELECT facts.attributes ->> 'category' AS category, facts.attributes -> 'slices' AS slices,
       run.to_id AS run_id, count(*)::integer AS failures
FROM edges AS run
JOIN edges AS found ON found.from_kind = 'evaluation_run' AND found.from_id = run.to_id
    AND found.to_kind = 'failure'
LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('failure', found.to_id, 'reported')
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
GROUP BY 1, 2, 3 ORDER BY failures DESC, run_id, category, slices;

-- name: regressions_of_model
SELECT showed.to_id AS id, facts.attributes
FROM edges AS run
JOIN edges AS showed ON showed.from_kind = 'evaluation_run' AND showed.from_id = run.to_id
    AND showed.to_kind = 'regression' AND showed.relation = 'showed'
LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('regression', showed.to_id, 'detected')
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
ORDER BY id;

-- name: remediations_of_model
-- The remediations that answer a model's failures and regressions.
SELECT answer.id,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = 'remediation' AND facts.id = answer.id) AS attributes
FROM (
    SELECT DISTINCT answered.to_id AS id
    FROM edges AS run
    JOIN edges AS finding ON finding.from_kind = 'evaluation_run' AND finding.from_id = run.to_id
        AND finding.relation IN ('found', 'showed')
    JOIN edges AS answered ON answered.from_kind = finding.to_kind
        AND answered.from_id = finding.to_id AND answered.to_kind = 'remediation'
    WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
) AS answer
ORDER BY answer.id;

-- name: marginals_of_versions
SELECT version_id, facet, value, items FROM marginals
WHERE version_id = ANY ($1::text[]) AND facet = ANY ($2::text[])
ORDER BY items DESC, value;

-- name: versions_under
-- The versions that hold these values of a facet, and how many items of each.
SELECT version_id, value, items FROM marginals WHERE facet = $1 AND value = ANY ($2::text[])
ORDER BY version_id, value;

-- name: trained_on
-- The training runs and models of these versions, by what training runs and harnesses say.
SELECT data.from_id AS version_id, data.to_id AS training_run_id, produced.to_id AS model
FROM edges AS data
LEFT JOIN edges AS produced ON produced.from_kind = 'training_run'
    AND produced.from_id = data.to_id AND produced.to_kind = 'model'
WHERE data.from_kind = 'dataset_version' AND data.from_id = ANY ($1::text[])
  AND data.to_kind = 'training_run'
UNION
SELECT from_id, NULL, to_id FROM edges
WHERE from_kind = 'dataset_version' AND from_id = ANY ($1::text[]) AND to_kind = 'model'
ORDER BY version_id, training_run_id, model;

-- name: standing_of
-- What is known of nodes of one kind, by aspect.
SELECT id, jsonb_object_agg(aspect, attributes) AS known FROM facts
WHERE kind = $1 AND id = ANY ($2::text[]) GROUP BY id;

-- name: suspects_of_model
-- The cohorts of the rows that harnesses named as suspects for a model's failures.
SELECT cohort AS id, count(DISTINCT suspected.from_id)::integer AS items,
       count(DISTINCT suspected.to_id)::integer AS failures
FROM edges AS run
JOIN edges AS found ON found.from_kind = 'evaluation_run' AND found.from_id = run.to_id
    AND found.to_kind = 'failure'
JOIN edges AS suspected ON suspected.to_kind = 'failure' AND suspected.to_id = found.to_id
    AND suspected.from_kind = 'item'
JOIN version_rows ON version_rows.item_id = suspected.from_id
    AND version_rows.version_id = ANY ($2::text[])
CROSS JOIN LATERAL unnest(cohorts) AS cohort
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
GROUP BY cohort ORDER BY failures DESC, items DESC, cohort;

-- name: sizes
SELECT version_id, items FROM versions WHERE version_id = ANY ($1::text[]) AND hash IS NOT NULL
ORDER BY dataset, version;

-- name: sealed_names
SELECT version_id FROM versions WHERE hash IS NOT NULL AND items > 0 ORDER BY version_id;

-- name: versions_with_item
SELECT version_id FROM version_rows JOIN versions USING (version_id)
WHERE item_id = $1 AND hash IS NOT NULL;
