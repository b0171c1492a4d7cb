-- name: forget_charts
-- The charts of projects from the first of their batches on whose scores change: $1 projects, $2
-- batches, $3 when these ended; as was known before, they may have ended earlier.
DELETE FROM drift_charts USING (
    SELECT DISTINCT ON (project) * FROM (
        SELECT project, ended_at, batch_id COLLATE "C" AS batch_id
        FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS given (project, batch_id, ended_at)
        UNION ALL
        SELECT project, ended_at, batch_id FROM batch_scores WHERE batch_id = ANY ($2::text[])
    ) AS changed
    ORDER BY project, ended_at, batch_id
) AS first
WHERE drift_charts.project = first.project
    AND (drift_charts.ended_at, drift_charts.batch_id) >= (first.ended_at, first.batch_id)

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

-- name: list_new_scores
-- Those of the batches that no chart has seen, with when these ended.
SELECT batch_id, vendor, annotator, cohort, slices, agreed, judged, ended_at FROM batch_scores
WHERE project = $1 AND (ended_at, batch_id) > (
    SELECT coalesce(max(ended_at), '-infinity'), coalesce(max(batch_id), '') FROM (
        SELECT ended_at, batch_id FROM drift_charts
        WHERE project = $1 ORDER BY ended_at DESC, batch_id DESC LIMIT 1
    ) AS last
)
ORDER BY ended_at, batch_id, vendor, annotator, cohort, slices

-- name: list_charts
-- Of a project's series, given as scopes $2 and values $3, where they stand.
SELECT series.scope, series.scope_value, count, total, squares, statistic, rising
FROM unnest($2::text[], $3::text[]) AS series (scope, scope_value)
CROSS JOIN LATERAL (
    SELECT * FROM drift_charts AS chart
    WHERE chart.project = $1 AND chart.scope = series.scope
        AND chart.scope_value = series.scope_value
    ORDER BY ended_at DESC, batch_id DESC LIMIT 1
) AS last

-- name: hold_due
-- Whether nobody has changed, or is about to, what was due in this revision; nobody then does until
-- the transaction ends.
SELECT FROM due WHERE project = $1 AND scope = $2 AND scope_value = $3 AND revision = $4
FOR UPDATE SKIP LOCKED

-- name: put_charts
-- Charts after batches; rising comes as JSON arrays.
INSERT INTO drift_charts (project, scope, scope_value, batch_id, ended_at, count, total, squares,
    statistic, rising, alarms)
SELECT $1, scope, scope_value, batch_id, ended_at, count, total, squares, statistic,
    ARRAY(SELECT jsonb_array_elements_text(rising)::double precision), alarms
FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[],
    $7::double precision[], $8::double precision[], $9::double precision[], $10::jsonb[],
    $11::boolean[])
    AS given (scope, scope_value, batch_id, ended_at, count, total, squares, statistic, rising,
        alarms)

-- name: list_alarms
-- The alarms that stand.
SELECT scope, scope_value, batch_id FROM drift_charts WHERE project = $1 AND alarms
