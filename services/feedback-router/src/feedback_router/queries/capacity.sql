-- name: add_pools
-- The highest revision of a pool's definition counts.
INSERT INTO pools (project, vendor, pool, revision, annotators, handling_seconds, shifts)
SELECT DISTINCT ON (project, vendor, pool) project, vendor, pool, revision,
       jsonb_array_length(members), handling_seconds, shifts
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, vendor text, pool text, revision integer, members jsonb,
    handling_seconds double precision, shifts jsonb)
ORDER BY project, vendor, pool, revision DESC
ON CONFLICT (project, vendor, pool) DO UPDATE SET
    revision = excluded.revision,
    annotators = excluded.annotators,
    handling_seconds = excluded.handling_seconds,
    shifts = excluded.shifts
WHERE pools.revision < excluded.revision

-- name: add_capacities
-- What was said of a pool last counts; of one moment, the longer backlog.
INSERT INTO capacities (project, vendor, pool, annotators, backlog, throughput_per_hour,
                        lead_time_hours, promised_at, said_at)
SELECT DISTINCT ON (project, vendor, pool) project, vendor, pool, annotators, backlog,
       throughput_per_hour, lead_time_hours, promised_at, occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, vendor text, pool text, annotators integer, backlog integer,
    throughput_per_hour double precision, lead_time_hours double precision,
    promised_at timestamptz, occurred_at timestamptz)
ORDER BY project, vendor, pool, occurred_at DESC, backlog DESC, annotators DESC,
         coalesce(throughput_per_hour, 0) DESC
ON CONFLICT (project, vendor, pool) DO UPDATE SET
    annotators = excluded.annotators,
    backlog = excluded.backlog,
    throughput_per_hour = excluded.throughput_per_hour,
    lead_time_hours = excluded.lead_time_hours,
    promised_at = excluded.promised_at,
    said_at = excluded.said_at
WHERE (capacities.said_at, capacities.backlog, capacities.annotators,
       coalesce(capacities.throughput_per_hour, 0))
      < (excluded.said_at, excluded.backlog, excluded.annotators,
         coalesce(excluded.throughput_per_hour, 0))

-- name: load_pools
-- Every pool of a project of which it was said what it can do.
SELECT capacity.annotators, backlog, throughput_per_hour, lead_time_hours, promised_at, said_at,
       handling_seconds, shifts
FROM capacities AS capacity LEFT JOIN pools USING (project, vendor, pool)
WHERE project = $1
ORDER BY vendor, pool

-- name: load_queue
-- Remediations of a project that are not finished and whose labels are not all there.
WITH open AS (
    SELECT remediation_id, priority, due_at, state, overlap,
           greatest(quota, jsonb_array_length(item_ids)) AS items
    FROM remediations JOIN projects USING (project)
    WHERE project = $1 AND kind IN ('source_items', 'annotate', 'reannotate_cohort')
      AND state IN ('requested', 'approved', 'in_progress')
), batch AS (
    SELECT DISTINCT batch_id, remediation_id FROM batch_tasks JOIN open USING (remediation_id)
), task AS (
    SELECT batch.remediation_id, count(*) AS known, count(*) FILTER (WHERE completed) AS done
    FROM batch JOIN batch_tasks ON batch_tasks.project = $1 AND batch_tasks.batch_id = batch.batch_id
    GROUP BY batch.remediation_id
)
SELECT remediation_id, priority, state <> 'requested' AS committed, due_at AS wanted_at,
       greatest(items - coalesce(known, 0), 0) * overlap AS labels,
       scheduled.digest::timestamptz AS said
FROM open
LEFT JOIN task USING (remediation_id)
LEFT JOIN announcements AS scheduled
  ON scheduled.subject = remediation_id AND scheduled.aspect = 'scheduled'
WHERE items > 0 AND coalesce(done, 0) < items
ORDER BY remediation_id

-- name: find_overdue
-- Remediations (of this name alone, unless null) past the date that was told last, of which that
-- has not been said. Nobody could have kept a date that was over when the work was asked for.
SELECT remediation_id, project, state, owner, due.at AS due_at
FROM remediations AS remediation
LEFT JOIN announcements AS scheduled
  ON scheduled.subject = remediation_id AND scheduled.aspect = 'scheduled'
LEFT JOIN announcements AS told ON told.subject = remediation_id AND told.aspect = 'overdue'
CROSS JOIN LATERAL (
    SELECT coalesce(scheduled.digest::timestamptz, remediation.due_at) AS at) AS due
WHERE state IN ('requested', 'approved', 'in_progress')
  AND due.at <= $1 AND due.at > requested_at
  AND told.digest::timestamptz IS DISTINCT FROM due.at
  AND ($2::text IS NULL OR remediation_id = $2)
ORDER BY due.at, remediation_id
LIMIT 100
