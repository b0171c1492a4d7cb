-- Graded scores and repeated epochs; runs that crashed as a whole.

ALTER TABLE runs ADD COLUMN samples integer NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN errored integer NOT NULL DEFAULT 0;
ALTER TABLE samples ADD COLUMN score double precision;
ALTER TABLE samples ADD COLUMN cluster text;

ALTER TABLE assessments ADD COLUMN correction text NOT NULL DEFAULT 'benjamini_hochberg';
ALTER TABLE comparisons ADD COLUMN test text NOT NULL DEFAULT 'mcnemar_exact';
ALTER TABLE comparisons ADD COLUMN discovered boolean NOT NULL DEFAULT false;
ALTER TABLE comparisons ADD COLUMN difference double precision;
ALTER TABLE comparisons ADD COLUMN lower double precision;
ALTER TABLE comparisons ADD COLUMN upper double precision;
ALTER TABLE comparisons ADD COLUMN samples_before integer;

-- Work that no evaluation can accept has no criterion; what keeps a remediation from starting.
ALTER TABLE remediations ALTER COLUMN acceptance DROP NOT NULL;
ALTER TABLE remediations ALTER COLUMN model DROP NOT NULL;
ALTER TABLE remediations ADD COLUMN owner text;
ALTER TABLE remediations ADD COLUMN guideline_reference text;
ALTER TABLE remediations ADD COLUMN blocked text;

-- Single failures of one cause, counted as they come, so that a storm costs what a batch costs.
CREATE TABLE clusters (
    remediation_id text PRIMARY KEY,
    project text NOT NULL,
    kind text NOT NULL,
    category text NOT NULL,
    slices jsonb NOT NULL,
    metric text NOT NULL,
    task text NOT NULL,
    model text NOT NULL,
    severity text NOT NULL,
    failures integer NOT NULL,
    item_ids jsonb NOT NULL
);
INSERT INTO clusters (remediation_id, project, kind, category, slices, metric, task, model,
                      severity, failures, item_ids)
SELECT remediation_id, min(failure.project), min(remediation.kind), min(failure.category),
       min(remediation.slices::text)::jsonb, min(metric), min(task), min(failure.model),
       CASE WHEN bool_or(severity = 'critical') THEN 'critical'
            WHEN bool_or(severity = 'high') THEN 'high'
            WHEN bool_or(severity = 'medium') THEN 'medium' ELSE 'low' END,
       count(*), min(remediation.item_ids::text)::jsonb
FROM failures AS failure JOIN remediations AS remediation USING (remediation_id)
GROUP BY remediation_id;

-- Who answers for what, and what quality control has said.

CREATE TABLE responsibilities (
    project text NOT NULL,
    decision_kind text NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    revision integer NOT NULL,
    internal boolean NOT NULL,
    revoked boolean NOT NULL,
    notify_url text,
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (project, decision_kind, person, role, revision)
);

CREATE TABLE consultations (
    remediation_id text NOT NULL,
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL,
    supports boolean NOT NULL,
    statement text NOT NULL,
    project text NOT NULL,
    PRIMARY KEY (remediation_id, answered_by, answered_at)
);
CREATE INDEX consultations_project ON consultations (project);

CREATE TABLE policies (
    subject text NOT NULL,
    version text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (subject, version)
);

CREATE TABLE automation_decisions (
    decision_id text PRIMARY KEY,
    project text NOT NULL,
    slices jsonb NOT NULL,
    level text NOT NULL,
    made_by text NOT NULL,
    role text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    agreement_lower double precision NOT NULL,
    labels integer NOT NULL
);
CREATE INDEX automation_decisions_project ON automation_decisions (project);

CREATE TABLE drifts (
    event_id text PRIMARY KEY,
    project text NOT NULL,
    slices jsonb NOT NULL,
    chart text NOT NULL,
    statistic double precision NOT NULL,
    bound double precision NOT NULL,
    detected_at timestamptz NOT NULL
);
CREATE INDEX drifts_project ON drifts (project);

CREATE TABLE guideline_flags (
    project text NOT NULL,
    guideline_version text NOT NULL,
    section text NOT NULL,
    flagged_by text NOT NULL,
    PRIMARY KEY (project, guideline_version, section, flagged_by)
);

CREATE TABLE cohort_agreements (
    project text NOT NULL,
    cohort text NOT NULL,
    batch_id text NOT NULL,
    agreement double precision,
    floor double precision NOT NULL,
    failed boolean NOT NULL,
    measured_at timestamptz NOT NULL,
    PRIMARY KEY (project, cohort, batch_id)
);

CREATE TABLE suspensions (
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    PRIMARY KEY (project, vendor, annotator)
);

-- What those who are to be Informed still have to be told; like announcements it depends on the
-- order of arrival.
CREATE TABLE notices (
    notice_id text PRIMARY KEY,
    person text NOT NULL,
    url text NOT NULL,
    body text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    delivered_at timestamptz,
    failure text
);
CREATE INDEX notices_due ON notices (due_at) WHERE delivered_at IS NULL;
