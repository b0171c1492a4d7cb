-- name: add_benchmarks
INSERT INTO benchmarks (benchmark_id, version, chunk, name, texts)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[])
ON CONFLICT DO NOTHING

-- name: add_runs
INSERT INTO protected_runs (run, benchmark_id)
SELECT * FROM unnest($1::bigint[], $2::text[])
ON CONFLICT DO NOTHING

-- name: has_runs
SELECT EXISTS (SELECT FROM protected_runs)

-- name: find_runs
-- $1 runs of words.
SELECT run, min(benchmark_id) AS benchmark_id FROM protected_runs
WHERE run = ANY ($1::bigint[]) GROUP BY run
