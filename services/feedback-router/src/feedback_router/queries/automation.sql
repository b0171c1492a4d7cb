-- name: add_automation_decisions
INSERT INTO automation_decisions (decision_id, project, slices, level, made_by, role, made_at,
                                  expires_at, agreement_lower, labels)
SELECT decision_id, subject, slices, level, made_by, role, made_at, expires_at, agreement_lower,
       labels
FROM jsonb_to_recordset($1::jsonb) AS given(
    decision_id text, subject text, slices jsonb, level text, made_by text, role text,
    made_at timestamptz, expires_at timestamptz, agreement_lower double precision, labels integer)
ON CONFLICT DO NOTHING

-- name: load_automation_decisions
SELECT * FROM automation_decisions WHERE project = $1

-- name: add_drifts
INSERT INTO drifts (event_id, project, slices, chart, statistic, bound, detected_at)
SELECT event_id, project, slices, chart, statistic, "limit", occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    event_id text, project text, slices jsonb, chart text, statistic double precision,
    "limit" double precision, occurred_at timestamptz)
ON CONFLICT DO NOTHING

-- name: load_drifts
SELECT slices, chart, statistic, bound, detected_at FROM drifts WHERE project = $1

-- name: find_expired_automation
-- Projects with a decision that has run out and of which that has not been said.
SELECT DISTINCT project FROM automation_decisions AS decision
WHERE expires_at <= $1 AND level <> 'human'
  AND NOT EXISTS (
    SELECT FROM automation_decisions AS later
    WHERE later.project = decision.project AND later.slices = decision.slices
      AND (later.made_at, later.decision_id) > (decision.made_at, decision.decision_id))
  AND NOT EXISTS (
    SELECT FROM announcements
    WHERE aspect = 'level' AND digest = decision.decision_id || '/ended')
ORDER BY project

-- name: add_guideline_flags
INSERT INTO guideline_flags (project, guideline_version, section, flagged_by)
SELECT project, guideline_version, section, flagged_by
FROM jsonb_to_recordset($1::jsonb) AS given(
    project text, guideline_version text, section text, flagged_by text)
ON CONFLICT DO NOTHING

-- name: count_guideline_flags
SELECT guideline_version, section, count(*) AS people
FROM guideline_flags WHERE project = $1
GROUP BY guideline_version, section ORDER BY guideline_version, section
