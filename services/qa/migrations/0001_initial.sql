-- What qa was told (projects, golden_items, tasks, labels) and what follows from it.
-- Identifiers are opaque; COLLATE "C" makes their order the same everywhere.

CREATE TABLE projects (
    project text COLLATE "C" CONSTRAINT projects_key PRIMARY KEY,
    revision integer NOT NULL,
    agreement_floor double precision NOT NULL
);

CREATE TABLE golden_items (
    project text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    defined_at text COLLATE "C" NOT NULL, -- time of the event; the latest definition counts
    CONSTRAINT golden_items_key PRIMARY KEY (project, item_id)
);

CREATE TABLE tasks (
    task_id text COLLATE "C" CONSTRAINT tasks_key PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    batch_id text COLLATE "C" NOT NULL,
    batch_size integer NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    overlap integer NOT NULL,
    slices jsonb NOT NULL,
    remediation_id text,
    answered boolean NOT NULL DEFAULT false -- as many annotators as overlap have answered
);
CREATE INDEX tasks_batch ON tasks (batch_id);
CREATE INDEX tasks_item ON tasks (project, item_id);
CREATE INDEX tasks_unanswered ON tasks (batch_id) WHERE NOT answered;

CREATE TABLE labels (
    label_id text COLLATE "C" CONSTRAINT labels_key PRIMARY KEY,
    revision integer NOT NULL,
    project text COLLATE "C" NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    batch_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    annotator text COLLATE "C" NOT NULL,
    cohort text NOT NULL,
    value text NOT NULL,
    submitted_at timestamptz NOT NULL,
    withdrawn boolean NOT NULL
);
CREATE INDEX labels_task ON labels (task_id);
CREATE INDEX labels_item ON labels (project, item_id);
CREATE INDEX labels_annotator ON labels (project, vendor, annotator, batch_id);

-- Labels of golden items that stand.
CREATE TABLE golden_scores (
    label_id text COLLATE "C" CONSTRAINT golden_scores_key PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    annotator text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    submitted_at timestamptz NOT NULL,
    correct boolean NOT NULL
);
CREATE INDEX golden_scores_annotator ON golden_scores (project, vendor, annotator);

CREATE TABLE annotators (
    project text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    annotator text COLLATE "C" NOT NULL,
    golden_correct integer NOT NULL,
    golden_total integer NOT NULL,
    log_likelihood_ratio double precision NOT NULL,
    status text NOT NULL
        CONSTRAINT annotators_status CHECK (status IN ('in_trial', 'suspended', 'qualified')),
    CONSTRAINT annotators_key PRIMARY KEY (project, vendor, annotator)
);

-- Per assessed batch what adds up to the project's agreement: units by the pattern of their labels
-- (JSON: [[value, how often], ...]) and who labelled (JSON: [vendor, annotator]).
CREATE TABLE measured_batches (
    batch_id text COLLATE "C" CONSTRAINT measured_batches_key PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    patterns text[] NOT NULL,
    units integer[] NOT NULL,
    annotators text[] NOT NULL
);
CREATE INDEX measured_batches_project ON measured_batches (project);

-- What qa says now about each subject; it was announced, and is announced again when it changes.
-- kind: agreement (scope = project or batch, subject = its name), item (scope = batch, subject =
-- item), batch (scope = subject = batch).
CREATE TABLE findings (
    kind text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    revision integer NOT NULL DEFAULT 1, -- how often it has changed, plus one
    payload jsonb NOT NULL,
    CONSTRAINT findings_key PRIMARY KEY (kind, scope, subject)
);
