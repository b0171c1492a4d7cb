-- name: add_benchmarks
INSERT INTO benchmarks (benchmark_id, version, chunk, name, texts)
SELECT DISTINCT ON (benchmark_id, version, chunk) *
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[])
    AS given (benchmark_id, version, chunk, name, texts)
ON CONFLICT (benchmark_id, version, chunk) DO UPDATE SET written_in = excluded.written_in

-- name: add_runs
INSERT INTO protected_runs (run, benchmark_id)
SELECT * FROM unnest($1::bigint[], $2::text[])
ON CONFLICT DO NOTHING

-- name: get_state_of_benchmarks
-- Another one after every change; null where nothing is protected.
SELECT sum(hashtextextended(concat_ws('/', written_in, chunk, version, benchmark_id), 0))::text
FROM benchmarks

-- name: get_runs
-- All of them, 8 bytes each (big-endian).
SELECT coalesce(string_agg(int8send(run), ''), '') FROM protected_runs

-- name: find_runs
-- $1 runs of words.
SELECT run, min(benchmark_id) AS benchmark_id FROM protected_runs
WHERE run = ANY ($1::bigint[]) GROUP BY run
