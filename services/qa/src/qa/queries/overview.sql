-- What people read of a project's quality.

-- name: show_method
-- How a project weighs its labels.
SELECT method FROM consensus_methods WHERE project = $1

-- name: list_agreements
-- The agreements that are said of a project, and of its scopes, given as places of findings.
SELECT payload FROM findings
WHERE kind = 'agreement' AND (scope = 'project' AND subject = $1 OR scope = ANY ($2::text[]))
ORDER BY scope, subject

-- name: list_said
-- Confusions, flags, drift and the recommended method of a project.
SELECT kind, payload FROM findings
WHERE kind IN ('confusion', 'flag', 'drift', 'consensus') AND scope = $1
ORDER BY kind, subject

-- name: list_standings
-- Where a project's annotators stand by their golden answers.
SELECT vendor, annotator, golden_correct, golden_total, log_likelihood_ratio, status, trusted_after
FROM annotators WHERE project = $1 ORDER BY vendor, annotator

-- name: list_latest_charts
-- Where the charts of a project stand after the last batch of each.
SELECT DISTINCT ON (scope, scope_value) scope, scope_value, count AS batches, statistic, alarms,
    batch_id
FROM drift_charts WHERE project = $1
ORDER BY scope, scope_value, ended_at DESC, batch_id DESC

-- name: list_verdicts
-- The verdicts of a project's last $3 batches, or of the one batch $2; of the items only how many
-- were released.
SELECT batch_id, revision, ended_at, findings.payload - 'items' AS payload,
    jsonb_array_length(findings.payload->'items') AS released
FROM (
    SELECT scope AS batch_id,
        (SELECT max(ended_at) FROM batch_scores WHERE batch_id = findings.scope) AS ended_at
    FROM findings
    WHERE kind = 'batch' AND payload->>'project' = $1 AND ($2::text IS NULL OR scope = $2)
    ORDER BY 2 DESC NULLS LAST, 1 DESC LIMIT $3
) AS latest
JOIN findings ON kind = 'batch' AND scope = batch_id AND subject = batch_id
ORDER BY ended_at DESC NULLS LAST, batch_id DESC

-- name: count_reviews
-- For how many items of the given batches somebody else is asked to look, and why.
SELECT scope AS batch_id, payload->>'reason' AS reason, count(*) AS items FROM findings
WHERE kind IN ('item', 'overlap') AND scope = ANY ($1::text[]) AND payload ? 'reason'
GROUP BY 1, 2 ORDER BY 1, 2
