-- Project definitions by revision; of several events of one revision the earliest counts.
CREATE TABLE definitions (
    project text NOT NULL,
    revision integer NOT NULL,
    categories text[] NOT NULL,
    guideline_version text NOT NULL,
    overlap integer NOT NULL,
    golden_rate double precision NOT NULL,
    defined_at timestamptz NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, revision)
);

-- Guideline versions that an expert signed off.
CREATE TABLE guidelines (
    project text NOT NULL,
    guideline_version text NOT NULL,
    PRIMARY KEY (project, guideline_version)
);

-- Golden items without their answers, which are none of this service's business.
CREATE TABLE golden_items (
    project text NOT NULL,
    item_id text NOT NULL,
    text text NOT NULL,
    slices jsonb NOT NULL,
    defined_at timestamptz NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, item_id)
);

-- What accepted items hold; sourcing's latest word counts.
CREATE TABLE items (
    project text NOT NULL,
    item_id text NOT NULL,
    text text,
    uri text,
    slices jsonb NOT NULL,
    accepted_at timestamptz NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, item_id)
);

-- Batches that were asked for. definition_revision is the definition that its tasks were made
-- under, null while there are none; golden_items is how many golden items are among them.
CREATE TABLE batches (
    batch_id text PRIMARY KEY,
    project text NOT NULL,
    remediation_id text,
    requested_at timestamptz NOT NULL,
    definition_revision integer,
    golden_items integer NOT NULL DEFAULT 0
);
CREATE INDEX batches_by_project ON batches (project);

-- The items that a batch was asked for: the union over all requests.
CREATE TABLE batch_items (
    batch_id text NOT NULL REFERENCES batches,
    item_id text NOT NULL,
    project text NOT NULL,
    PRIMARY KEY (batch_id, item_id)
);
CREATE INDEX batch_items_by_item ON batch_items (project, item_id);

-- Tasks with all that a label is judged by. A row without a project is a stub: labels name a task
-- that does not exist yet. plan_digest is that of the TaskCreated last emitted. Ids are compared by
-- bytes, as Python does: rows are locked in their order.
CREATE TABLE tasks (
    task_id text COLLATE "C" PRIMARY KEY,
    project text,
    batch_id text REFERENCES batches,
    item_id text,
    golden boolean,
    categories text[],
    guideline_version text,
    overlap integer,
    slices jsonb,
    plan_digest text,
    completed boolean NOT NULL DEFAULT false
);
CREATE INDEX tasks_by_batch ON tasks (batch_id);

-- Every revision of every annotation. rejection is the code of why it was not taken.
CREATE TABLE submissions (
    label_id uuid NOT NULL,
    revision integer NOT NULL,
    vendor text NOT NULL,
    annotation_id text NOT NULL,
    task_id text NOT NULL,
    annotator text NOT NULL,
    pool text NOT NULL,
    value text NOT NULL,
    guideline_version text NOT NULL,
    submitted_at timestamptz NOT NULL,
    duration_seconds double precision,
    withdrawn boolean NOT NULL,
    digest text NOT NULL,
    rejection text,
    PRIMARY KEY (label_id, revision)
);
CREATE INDEX submissions_by_task ON submissions (task_id);
CREATE INDEX submissions_by_annotator ON submissions (vendor, annotator);

-- Every annotation as it stands: task and revision that count. The published columns keep the
-- account of what was told to others: the revision of the last LabelAccepted, and the submission
-- that it told of, null once it was taken back.
CREATE TABLE labels (
    label_id uuid PRIMARY KEY,
    task_id text,
    status text NOT NULL DEFAULT 'waiting',
    revision integer,
    published_revision integer NOT NULL DEFAULT 0,
    published_digest text,
    CONSTRAINT labels_status_known
        CHECK (status IN ('waiting', 'accepted', 'rejected', 'withdrawn'))
) WITH (fillfactor = 80);

-- Annotators whose labels are no longer taken, and since when.
CREATE TABLE suspensions (
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    suspended_at timestamptz NOT NULL,
    PRIMARY KEY (project, vendor, annotator)
);
