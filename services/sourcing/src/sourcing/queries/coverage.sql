-- name: count_slices
-- $1 projects, $2 slices, $3 changes; each pair once.
INSERT INTO slice_counts AS known (project, slices, items)
SELECT * FROM unnest($1::text[], $2::jsonb[], $3::integer[])
ON CONFLICT (project, slices) DO UPDATE SET items = known.items + excluded.items

-- name: drop_empty_slices
-- $1 projects. A combination that lost its last item is as if it had never been.
DELETE FROM slice_counts WHERE project = ANY ($1::text[]) AND items = 0

-- name: list_slice_counts
-- $1 projects.
SELECT project, slices, items FROM slice_counts WHERE project = ANY ($1::text[])

-- name: save_weights
-- The highest revision counts; of two under one revision the earlier.
INSERT INTO production_weights AS known (project, revision, document, set_at, digest)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::timestamptz[], $5::text[])
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision, document = excluded.document, set_at = excluded.set_at,
    digest = excluded.digest
WHERE excluded.revision > known.revision OR (excluded.revision = known.revision
    AND (excluded.set_at, excluded.digest) < (known.set_at, known.digest))

-- name: get_weights
-- $1 projects.
SELECT project, document, set_at FROM production_weights WHERE project = ANY ($1::text[])

-- name: save_samples
-- The latest report of a window counts.
INSERT INTO production_samples AS known (project, "window", ended_at, counts, sampled_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::jsonb[], $5::timestamptz[], $6::text[]
)
ON CONFLICT (project, "window") DO UPDATE SET
    ended_at = excluded.ended_at, counts = excluded.counts, sampled_at = excluded.sampled_at,
    digest = excluded.digest
WHERE (known.sampled_at, known.digest) < (excluded.sampled_at, excluded.digest)

-- name: sum_samples
-- $1 projects; of the 30 days up to the end of the newest window.
SELECT project, count.slices, sum(count.samples) AS samples,
    max(newest) AS newest
FROM production_samples
JOIN (
    SELECT project, max(ended_at) AS newest FROM production_samples
    WHERE project = ANY ($1::text[]) GROUP BY project
) AS last USING (project)
CROSS JOIN jsonb_to_recordset(counts) AS count (slices jsonb, samples double precision)
WHERE ended_at > newest - interval '30 days'
GROUP BY project, count.slices
