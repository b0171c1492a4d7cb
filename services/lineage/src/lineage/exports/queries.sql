-- name: slice_dimensions
-- Every dimension that a row of a version has a slice in.
SELECT DISTINCT dimension
FROM version_rows CROSS JOIN LATERAL jsonb_object_keys(slices) AS dimension
WHERE version_id = $1 ORDER BY dimension;
