-- name: put_remediations
-- What is asked for; how far it has come is put by put_lives.
INSERT INTO remediations (remediation_id, project, kind, slices, category, regression_ids,
                          found_in, model, priority, quota, item_ids, cohort, budget, due_at,
                          acceptance, reason, policy_version, owner, guideline_reference,
                          requested_at)
SELECT remediation_id, project, kind, slices, category, regression_ids, found_in, model, priority,
       quota, item_ids, cohort, budget, due_at, nullif(acceptance, 'null'), reason, policy_version,
       owner, guideline_reference, $2
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, project text, kind text, slices jsonb, category text,
    regression_ids jsonb, found_in text, model text, priority double precision, quota integer,
    item_ids jsonb, cohort text, budget double precision, due_at timestamptz, acceptance jsonb,
    reason text, policy_version text, owner text, guideline_reference text)
ON CONFLICT (remediation_id) DO UPDATE SET
    category = excluded.category,
    regression_ids = excluded.regression_ids,
    found_in = excluded.found_in,
    model = excluded.model,
    priority = excluded.priority,
    quota = excluded.quota,
    item_ids = excluded.item_ids,
    budget = excluded.budget,
    due_at = excluded.due_at,
    acceptance = excluded.acceptance,
    reason = excluded.reason,
    policy_version = excluded.policy_version,
    owner = excluded.owner,
    guideline_reference = excluded.guideline_reference

-- name: load_remediations
-- Those of a project, or (unless null) of these names alone.
SELECT * FROM remediations
WHERE project = $1 AND ($2::text[] IS NULL OR remediation_id = ANY($2))
ORDER BY remediation_id

-- name: load_accountable
SELECT accountable, guideline_version FROM projects WHERE project = $1

-- name: load_decisions
-- Of people and (without role, time and id) of the policy; about all remediations of a project or
-- about these.
SELECT remediation_id, approved, made_by, made_at, decision_id, decisions.reason, role
FROM decisions JOIN remediations USING (remediation_id)
WHERE project = $1 AND ($2::text[] IS NULL OR remediation_id = ANY($2))
UNION ALL
SELECT remediation_id, true, 'policy ' || policy_version, NULL, NULL, '', NULL
FROM commitments
WHERE project = $1 AND ($2::text[] IS NULL OR remediation_id = ANY($2))

-- name: load_progress
-- Stages reached: briefs fulfilled, batches labelled to the last task, batches released; of all
-- remediations of a project or of these.
WITH batch AS (
    SELECT batch_id, max(remediation_id) AS remediation_id, max(batch_size) AS batch_size,
           count(*) FILTER (WHERE completed) AS completed
    FROM batch_tasks
    WHERE project = $1 AND ($2::text[] IS NULL OR batch_id IN (
        SELECT batch_id FROM batch_tasks WHERE remediation_id = ANY($2)))
    GROUP BY batch_id
)
SELECT 'sourced' AS stage, remediation_id, brief_id, NULL AS batch_id, items AS done
FROM fulfilled_briefs
WHERE project = $1 AND ($2::text[] IS NULL OR remediation_id = ANY($2))
UNION ALL
SELECT 'labelled', remediation_id, NULL, batch_id, completed
FROM batch WHERE remediation_id IS NOT NULL AND completed >= batch_size
UNION ALL
SELECT 'released', coalesce(released.remediation_id, batch.remediation_id), NULL, batch_id,
       released.items
FROM released_batches AS released LEFT JOIN batch USING (batch_id)
WHERE released.project = $1
  AND coalesce(released.remediation_id, batch.remediation_id) IS NOT NULL
  AND ($2::text[] IS NULL OR coalesce(released.remediation_id, batch.remediation_id) = ANY($2))

-- name: put_lives
UPDATE remediations SET
    state = given.state,
    decided_by = given.decided_by,
    completed_in = given.completed_in,
    trial_run_id = given.trial_run_id,
    effect = given.effect,
    blocked = given.blocked
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, state text, decided_by text, completed_in text, trial_run_id text,
    effect jsonb, blocked text)
WHERE remediations.remediation_id = given.remediation_id
  AND (remediations.state, remediations.decided_by, remediations.completed_in,
       remediations.trial_run_id, remediations.effect, remediations.blocked)
      IS DISTINCT FROM
      (given.state, given.decided_by, given.completed_in, given.trial_run_id, given.effect,
       given.blocked)
