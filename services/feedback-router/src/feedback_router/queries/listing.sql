-- name: list_remediations
SELECT remediation_id, project, kind, state, slices, category, regression_ids, model, priority,
       quota, item_ids, cohort, budget, due_at, acceptance, reason, policy_version, decided_by,
       completed_in, trial_run_id, effect, requested_at, owner, guideline_reference, blocked,
       scheduled.digest::timestamptz AS scheduled_for
FROM remediations
LEFT JOIN announcements AS scheduled
  ON scheduled.subject = remediation_id AND scheduled.aspect = 'scheduled'
WHERE ($1::text IS NULL OR project = $1) AND ($2::text IS NULL OR state = $2)
  AND ($4::timestamptz IS NULL
       OR state IN ('requested', 'approved', 'in_progress')
          AND coalesce(scheduled.digest::timestamptz, due_at) <= $4)
ORDER BY requested_at DESC, priority DESC, remediation_id
LIMIT $3

-- name: list_regressions
SELECT regression.regression_id, regression.project, regression.run_id, run.baseline_run_id,
       run.model, regression.metric, regression.slices, comparison.pairs,
       comparison.passed_before, comparison.passed_after, comparison.lost, comparison.gained,
       comparison.p_value, comparison.q_value, regression.attribution, regression.detected_at
FROM regressions AS regression
JOIN comparisons AS comparison USING (run_id, metric, slices)
JOIN runs AS run USING (run_id)
WHERE ($1::text IS NULL OR regression.project = $1)
ORDER BY regression.detected_at DESC, regression.regression_id
LIMIT $2

-- name: show_remediation
SELECT remediations.*, scheduled.digest::timestamptz AS scheduled_for
FROM remediations
LEFT JOIN announcements AS scheduled
  ON scheduled.subject = remediation_id AND scheduled.aspect = 'scheduled'
WHERE remediation_id = $1

-- name: list_trials
SELECT run_id, completed_at, passed, effect FROM trials
WHERE remediation_id = $1 ORDER BY completed_at, run_id

-- name: list_decisions
SELECT decision_id, approved, reason, made_by, role, made_at FROM decisions
WHERE remediation_id = $1 ORDER BY made_at, decision_id

-- name: list_consultations
SELECT answered_by, answered_at, supports, statement FROM consultations
WHERE remediation_id = $1 ORDER BY answered_at, answered_by

-- name: measure_effectiveness
-- What each kind of fix has achieved per failure category: by the last trial of each remediation.
WITH last AS (
    SELECT DISTINCT ON (remediation_id) remediation_id, passed, completed_at,
           (effect ->> 'difference')::double precision AS difference
    FROM trials ORDER BY remediation_id, completed_at DESC, run_id DESC
)
SELECT kind, category, count(*) AS remediations, count(last.passed) AS tried,
       count(*) FILTER (WHERE last.passed) AS verified,
       count(*) FILTER (WHERE NOT last.passed) AS reopened,
       avg(last.difference) AS mean_difference,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM last.completed_at - found.completed_at) / 86400)
           FILTER (WHERE last.passed) AS median_days
FROM remediations AS remediation
LEFT JOIN last USING (remediation_id)
LEFT JOIN runs AS found ON found.run_id = remediation.found_in
WHERE $1::text IS NULL OR remediation.project = $1
GROUP BY kind, category ORDER BY kind, category NULLS LAST
