-- name: load_clusters
SELECT * FROM clusters WHERE remediation_id = ANY($1::text[])

-- name: put_clusters
INSERT INTO clusters (remediation_id, project, kind, category, slices, metric, task, model,
                      severity, failures, item_ids)
SELECT remediation_id, project, kind, category, slices, metric, task, model, severity, failures,
       item_ids
FROM jsonb_to_recordset($1::jsonb) AS given(
    remediation_id text, project text, kind text, category text, slices jsonb, metric text,
    task text, model text, severity text, failures integer, item_ids jsonb)
ON CONFLICT (remediation_id) DO UPDATE SET
    metric = excluded.metric,
    task = excluded.task,
    model = excluded.model,
    severity = excluded.severity,
    failures = excluded.failures,
    item_ids = excluded.item_ids

-- name: load_named_failures
-- The failures that requests of remediations have named.
SELECT subject AS remediation_id, failure_ids FROM announcements
WHERE aspect = 'requested' AND subject = ANY($1::text[])
