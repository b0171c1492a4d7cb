-- name: add_responsibilities
INSERT INTO responsibilities (project, decision_kind, person, role, revision, internal, revoked,
                              notify_url, assigned_at)
SELECT subject, decision_kind, person, role, revision, internal, revoked, notify_url, occurred_at
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, decision_kind text, person text, role text, revision integer, internal boolean,
    revoked boolean, notify_url text, occurred_at timestamptz)
ON CONFLICT DO NOTHING

-- name: load_responsibilities
-- Of a project and of all projects, for one kind of decision.
SELECT project, person, role, internal, revoked, revision, notify_url, assigned_at
FROM responsibilities WHERE project IN ($1, '*') AND decision_kind = $2

-- name: add_consultations
INSERT INTO consultations (remediation_id, answered_by, answered_at, supports, statement, project)
SELECT subject, answered_by, answered_at, supports, statement, project
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, answered_by text, answered_at timestamptz, supports boolean, statement text,
    project text, decision_kind text)
WHERE decision_kind = 'approve_remediation'
ON CONFLICT DO NOTHING

-- name: load_consultations
SELECT remediation_id, answered_by, answered_at FROM consultations WHERE project = $1

-- name: add_policies
INSERT INTO policies (subject, version, changed_by, changed_at, document)
SELECT subject, version, changed_by, occurred_at, document
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, version text, changed_by text, occurred_at timestamptz, document text)
ON CONFLICT DO NOTHING

-- name: load_policies
SELECT subject, version, changed_by, changed_at, document FROM policies
WHERE subject = ANY($1::text[])
