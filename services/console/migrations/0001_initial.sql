-- The console's read model: what the page shows, kept so that any order of events leaves the same.
-- Where an event type may say something again, the highest (revision, event_time, event_id) counts.

-- Every failure that a harness reported.
CREATE TABLE failures (
    failure_id text PRIMARY KEY,
    run_id text NOT NULL,
    project text NOT NULL,
    model text NOT NULL,
    task text NOT NULL,
    category text NOT NULL,
    severity text NOT NULL,
    slices jsonb NOT NULL,
    reported_at timestamptz NOT NULL,
    event_id text NOT NULL
);
CREATE INDEX failures_run ON failures (run_id);

-- Where failures went: into a remediation, into a regression, or dismissed with their run. Counts
-- only if `revision` is the newest of its target (remediations are not revised: 0).
CREATE TABLE failure_routes (
    failure_id text NOT NULL,
    via text NOT NULL CHECK (via IN ('remediation', 'regression', 'dismissal')),
    target text NOT NULL,
    revision integer NOT NULL,
    CONSTRAINT failure_routes_key PRIMARY KEY (failure_id, via, target)
);

-- Dismissals by run, with the reason of the newest revision.
CREATE TABLE dismissals (
    run_id text PRIMARY KEY,
    revision integer NOT NULL,
    reason text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

CREATE TABLE regressions (
    regression_id text PRIMARY KEY,
    revision integer NOT NULL,
    project text NOT NULL,
    model text NOT NULL,
    metric text NOT NULL,
    slices jsonb NOT NULL,
    pairs integer NOT NULL,
    passed_before integer NOT NULL,
    passed_after integer NOT NULL,
    p_value double precision NOT NULL,
    q_value double precision NOT NULL,
    attribution text NOT NULL,
    sentence text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

-- Which remediations answer which regressions.
CREATE TABLE regression_answers (
    regression_id text NOT NULL,
    remediation_id text NOT NULL,
    CONSTRAINT regression_answers_key PRIMARY KEY (regression_id, remediation_id)
);

CREATE TABLE remediations (
    remediation_id text PRIMARY KEY,
    project text NOT NULL,
    kind text NOT NULL,
    slices jsonb NOT NULL,
    model text,
    priority double precision NOT NULL,
    reason text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

-- Everything that happened to remediations; the state is computed from it (domain/lifecycle.py).
CREATE TABLE remediation_steps (
    remediation_id text NOT NULL,
    event_id text NOT NULL,
    step text NOT NULL,
    detail text NOT NULL,
    event_time timestamptz NOT NULL,
    CONSTRAINT remediation_steps_key PRIMARY KEY (remediation_id, event_id)
);

-- Batches by what is known of them: their tasks, their agreement, the gate's verdict.
CREATE TABLE batch_orders (
    batch_id text PRIMARY KEY,
    project text NOT NULL,
    tasks integer NOT NULL
);
CREATE TABLE batch_agreements (
    batch_id text PRIMARY KEY,
    project text NOT NULL,
    value double precision,
    lower double precision,
    upper double precision,
    reason text,
    labels integer NOT NULL,
    annotators integer NOT NULL,
    floor double precision NOT NULL,
    verdict text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);
CREATE TABLE batch_verdicts (
    batch_id text PRIMARY KEY,
    revision integer NOT NULL,
    project text NOT NULL,
    released boolean NOT NULL,
    measured boolean NOT NULL,
    items integer NOT NULL,
    checks_not_passed text[] NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

-- Annotators: the last word on their standing, and their record on golden items.
CREATE TABLE annotator_standings (
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    suspended boolean NOT NULL,
    reason text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL,
    CONSTRAINT annotator_standings_key PRIMARY KEY (project, vendor, annotator)
);
CREATE TABLE golden_records (
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    correct integer NOT NULL,
    total integer NOT NULL,
    wilson_lower double precision NOT NULL,
    wilson_upper double precision NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL,
    CONSTRAINT golden_records_key PRIMARY KEY (project, vendor, annotator)
);

CREATE TABLE dataset_versions (
    dataset text NOT NULL,
    version integer NOT NULL,
    project text NOT NULL,
    hash text NOT NULL,
    items integer NOT NULL,
    parents text[] NOT NULL,
    batch_ids text[] NOT NULL,
    remediation_ids text[] NOT NULL,
    published_at timestamptz NOT NULL,
    event_id text NOT NULL,
    CONSTRAINT dataset_versions_key PRIMARY KEY (dataset, version)
);

-- The three numbers, as the rows behind them.
CREATE VIEW unattributed_regressions AS
    SELECT regression_id FROM regressions WHERE attribution = 'unattributable';

CREATE VIEW batches_without_agreement AS
    SELECT batch_id FROM batch_verdicts AS verdict
    WHERE released AND NOT (
        measured AND EXISTS (SELECT FROM batch_agreements WHERE batch_id = verdict.batch_id)
    );

CREATE VIEW unrouted_findings AS
    SELECT failure_id FROM failures
    WHERE NOT EXISTS (
        SELECT FROM failure_routes AS route
        WHERE route.failure_id = failures.failure_id AND (
            route.via = 'remediation'
            OR (route.via = 'regression' AND EXISTS (
                SELECT FROM regressions JOIN regression_answers USING (regression_id)
                WHERE regression_id = route.target AND regressions.revision = route.revision
            ))
            OR (route.via = 'dismissal' AND EXISTS (
                SELECT FROM dismissals
                WHERE run_id = route.target AND dismissals.revision = route.revision
            ))
        )
    );
