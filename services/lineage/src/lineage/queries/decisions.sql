-- name: lock_versions
-- One transaction at a time decides about versions. That is rare, and what is decided depends on
-- several topics: a lock per aggregate would have to be taken before knowing which.
SELECT pg_advisory_xact_lock(hashtext('lineage.versions'));

-- name: add_batches
INSERT INTO batches (batch_id, project, revision, released, remediation_id, items, event_time,
                     event_id)
SELECT batch_id, project, revision, released, remediation_id, items::jsonb, event_time, event_id
FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::text[], $6::text[],
            $7::timestamptz[], $8::text[])
    AS added (batch_id, project, revision, released, remediation_id, items, event_time, event_id)
ON CONFLICT (batch_id) DO UPDATE
SET project = excluded.project, revision = excluded.revision, released = excluded.released,
    remediation_id = excluded.remediation_id, items = excluded.items,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (batches.revision, batches.event_time, batches.event_id COLLATE "C");

-- name: add_projects
INSERT INTO projects (project, revision, dataset, accountable, label_kind)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (project) DO UPDATE
SET revision = excluded.revision, dataset = excluded.dataset, accountable = excluded.accountable,
    label_kind = excluded.label_kind
WHERE (excluded.revision, excluded.dataset COLLATE "C", excluded.accountable COLLATE "C")
    > (projects.revision, projects.dataset COLLATE "C", projects.accountable COLLATE "C");

-- name: add_decisions
-- The first record of a decision stays: a decision is not changed, another one is made.
INSERT INTO decisions (decision_id, dataset, project, parent_version, batch_ids, recipe, made_by,
                       role, made_at, event_time, event_id, trace_id, correlation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (decision_id) DO NOTHING;

-- name: open_decisions
-- Every decision that is not carried out, on the datasets that these projects or datasets concern.
SELECT * FROM decisions
WHERE state <> 'published' AND state <> 'building' AND dataset IN (
    SELECT dataset FROM decisions WHERE project = ANY ($1::text[]) AND state <> 'published'
    UNION SELECT unnest($2::text[])
);

-- name: close_decisions
UPDATE decisions SET state = judged.state, reason = judged.reason
FROM unnest($1::text[], $2::text[], $3::text[]) AS judged (decision_id, state, reason)
WHERE decisions.decision_id = judged.decision_id
  AND (decisions.state, decisions.reason) IS DISTINCT FROM (judged.state, judged.reason);

-- name: decision
SELECT * FROM decisions WHERE decision_id = $1;

-- name: projects
SELECT project, dataset, accountable FROM projects WHERE project = ANY ($1::text[]);

-- name: batches
SELECT batch_id, project, released FROM batches WHERE batch_id = ANY ($1::text[]);

-- name: remediations_of_batches
SELECT DISTINCT remediation_id FROM batches
WHERE batch_id = ANY ($1::text[]) AND remediation_id IS NOT NULL ORDER BY remediation_id;

-- name: versions
SELECT version_id, hash IS NOT NULL AS sealed, batch_ids, recipe, decision_id IS NOT NULL AS decided
FROM versions WHERE version_id = ANY ($1::text[]);

-- name: decisions_of_dataset
SELECT decision_id, parent_version, batch_ids, recipe, made_by, role, made_at, state, reason
FROM decisions WHERE dataset = $1 ORDER BY made_at, decision_id;
