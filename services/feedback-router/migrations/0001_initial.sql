-- Facts: what events have said, one row per thing said. Everything else is computed from them.

CREATE TABLE projects (
    project text PRIMARY KEY,
    revision integer NOT NULL,
    accountable text NOT NULL,
    guideline_version text NOT NULL
);

CREATE TABLE runs (
    run_id text PRIMARY KEY,
    project text NOT NULL,
    model text NOT NULL,
    task text NOT NULL,
    dataset text,
    dataset_version integer,
    baseline_run_id text,
    completed_at timestamptz NOT NULL,
    chunks integer NOT NULL
);
CREATE INDEX runs_project ON runs (project);
CREATE INDEX runs_baseline ON runs (baseline_run_id);

CREATE TABLE sample_chunks (
    run_id text NOT NULL,
    metric text NOT NULL,
    chunk integer NOT NULL,
    PRIMARY KEY (run_id, metric, chunk)
);

CREATE TABLE samples (
    run_id text NOT NULL,
    metric text NOT NULL,
    sample_id text NOT NULL,
    slices jsonb NOT NULL,
    passed boolean NOT NULL,
    errored boolean NOT NULL,
    PRIMARY KEY (run_id, metric, sample_id)
);

-- remediation_id: the cluster of a failure that came without its run.
CREATE TABLE failures (
    failure_id text PRIMARY KEY,
    run_id text NOT NULL,
    project text NOT NULL,
    model text NOT NULL,
    task text NOT NULL,
    metric text NOT NULL,
    sample_id text NOT NULL,
    part_of_run boolean NOT NULL,
    slices jsonb NOT NULL,
    category text NOT NULL,
    severity text NOT NULL,
    suspect_items jsonb NOT NULL,
    remediation_id text
);
CREATE INDEX failures_run ON failures (run_id);
CREATE INDEX failures_remediation ON failures (remediation_id) WHERE remediation_id IS NOT NULL;

CREATE TABLE training_runs (
    training_run_id text PRIMARY KEY,
    project text NOT NULL,
    model text NOT NULL,
    datasets jsonb NOT NULL,
    recipe text NOT NULL,
    completed_at timestamptz NOT NULL
);
CREATE INDEX training_runs_project ON training_runs (project);

-- Versions that lineage built, with their composition.
CREATE TABLE published_versions (
    project text NOT NULL,
    dataset text NOT NULL,
    version integer NOT NULL,
    parents jsonb NOT NULL,
    batch_ids jsonb NOT NULL,
    remediation_ids jsonb NOT NULL,
    composition jsonb NOT NULL,
    PRIMARY KEY (project, dataset, version)
);

-- Versions that were built elsewhere, row by row.
CREATE TABLE registered_chunks (
    project text NOT NULL,
    dataset text NOT NULL,
    version integer NOT NULL,
    chunk integer NOT NULL,
    chunks integer NOT NULL,
    parents jsonb NOT NULL,
    PRIMARY KEY (project, dataset, version, chunk)
);
CREATE TABLE registered_rows (
    project text NOT NULL,
    dataset text NOT NULL,
    version integer NOT NULL,
    item_id text NOT NULL,
    cohort text NOT NULL,
    slices jsonb NOT NULL,
    PRIMARY KEY (project, dataset, version, item_id)
);

CREATE TABLE decisions (
    decision_id text PRIMARY KEY,
    remediation_id text NOT NULL,
    approved boolean NOT NULL,
    reason text NOT NULL,
    made_by text NOT NULL,
    role text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX decisions_remediation ON decisions (remediation_id);

CREATE TABLE fulfilled_briefs (
    brief_id text PRIMARY KEY,
    project text NOT NULL,
    remediation_id text NOT NULL,
    items integer NOT NULL
);
CREATE INDEX fulfilled_briefs_project ON fulfilled_briefs (project);

CREATE TABLE batch_tasks (
    task_id text PRIMARY KEY,
    project text NOT NULL,
    batch_id text NOT NULL,
    batch_size integer,
    remediation_id text,
    completed boolean NOT NULL
);
CREATE INDEX batch_tasks_project ON batch_tasks (project, batch_id);

CREATE TABLE released_batches (
    batch_id text PRIMARY KEY,
    project text NOT NULL,
    revision integer NOT NULL,
    remediation_id text,
    items integer NOT NULL
);
CREATE INDEX released_batches_project ON released_batches (project);

-- Results: functions of the facts and of the policy.

CREATE TABLE assessments (
    run_id text PRIMARY KEY,
    project text NOT NULL,
    standing text NOT NULL,
    compared integer NOT NULL
);

CREATE TABLE comparisons (
    run_id text NOT NULL,
    metric text NOT NULL,
    slices jsonb NOT NULL,
    project text NOT NULL,
    pairs integer NOT NULL,
    passed_before integer NOT NULL,
    passed_after integer NOT NULL,
    lost integer NOT NULL,
    gained integer NOT NULL,
    p_value double precision NOT NULL,
    q_value double precision NOT NULL,
    regressed boolean NOT NULL,
    PRIMARY KEY (run_id, metric, slices)
);
CREATE INDEX comparisons_regressed ON comparisons (project) WHERE regressed;

CREATE TABLE regressions (
    regression_id text PRIMARY KEY,
    project text NOT NULL,
    run_id text NOT NULL,
    metric text NOT NULL,
    slices jsonb NOT NULL,
    attribution jsonb NOT NULL,
    detected_at timestamptz NOT NULL
);
CREATE INDEX regressions_project ON regressions (project);

CREATE TABLE remediations (
    remediation_id text PRIMARY KEY,
    project text NOT NULL,
    kind text NOT NULL,
    slices jsonb NOT NULL,
    category text,
    regression_ids jsonb NOT NULL,
    found_in text,
    model text NOT NULL,
    priority double precision NOT NULL,
    quota integer NOT NULL,
    item_ids jsonb NOT NULL,
    cohort text,
    budget double precision NOT NULL,
    due_at timestamptz,
    acceptance jsonb NOT NULL,
    reason text NOT NULL,
    policy_version text NOT NULL,
    state text NOT NULL DEFAULT 'requested',
    decided_by text,
    completed_in text,
    trial_run_id text,
    effect jsonb,
    requested_at timestamptz NOT NULL
);
CREATE INDEX remediations_project ON remediations (project);

CREATE TABLE trials (
    remediation_id text NOT NULL,
    run_id text NOT NULL,
    project text NOT NULL,
    completed_at timestamptz NOT NULL,
    passed boolean NOT NULL,
    effect jsonb NOT NULL,
    PRIMARY KEY (remediation_id, run_id)
);
CREATE INDEX trials_project ON trials (project);

-- The publication log: what has been said last of what, so that only changes are said. Unlike the
-- tables above it depends on the order of arrival: revisions count what was said on the way.
CREATE TABLE announcements (
    subject text NOT NULL,
    aspect text NOT NULL,
    digest text NOT NULL,
    revision integer NOT NULL,
    failure_ids jsonb NOT NULL,
    PRIMARY KEY (subject, aspect)
);
