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
