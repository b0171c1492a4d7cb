-- name: load_spending
-- What was approved in a project since then, by the policy or by people, and not taken back; and
-- how many labels an item gets.
SELECT coalesce(sum(budget), 0) AS cost,
       coalesce(sum(greatest(quota, jsonb_array_length(item_ids))), 0) AS items,
       coalesce((SELECT overlap FROM projects WHERE project = $1), 3) AS overlap
FROM remediations
LEFT JOIN commitments USING (remediation_id)
LEFT JOIN LATERAL (
    SELECT max(made_at) AS made_at FROM decisions
    WHERE decisions.remediation_id = remediations.remediation_id AND approved
      AND made_by = decided_by) AS decision ON true
WHERE remediations.project = $1 AND state NOT IN ('requested', 'declined')
  AND greatest(decision.made_at, committed_at) > $2

-- name: add_commitments
INSERT INTO commitments (remediation_id, project, policy_version, committed_at)
SELECT remediation_id, $2, $3, $4 FROM unnest($1::text[]) AS given(remediation_id)
