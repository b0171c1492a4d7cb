-- Work that annotators ask for: who has which task until when.

ALTER TABLE definitions
    ADD COLUMN assigned_only boolean NOT NULL DEFAULT false,
    ADD COLUMN qualified_only boolean NOT NULL DEFAULT false,
    ADD COLUMN assignment_seconds double precision NOT NULL DEFAULT 3600;
-- given_out is set while labels and assignments leave no place, so that whoever looks for work need
-- not look there; it may be unset although there is none.
ALTER TABLE tasks
    ADD COLUMN assigned_only boolean NOT NULL DEFAULT false,
    ADD COLUMN given_out boolean NOT NULL DEFAULT false;

-- All tasks of an item in a batch, and the tasks of a batch.
CREATE INDEX tasks_by_item ON tasks (batch_id, item_id);
DROP INDEX tasks_by_batch;
-- What there is to give out.
CREATE INDEX tasks_open ON tasks (batch_id, golden, task_id) WHERE NOT completed AND NOT given_out;
CREATE INDEX batches_by_age ON batches (project, requested_at, batch_id);
DROP INDEX batches_by_project;

-- Requests for work with what was answered; a request is answered once.
CREATE TABLE work_requests (
    vendor text NOT NULL,
    request_id text NOT NULL,
    project text NOT NULL,
    annotator text NOT NULL,
    answered_at timestamptz NOT NULL,
    pool text,
    expires_at timestamptz,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (vendor, request_id)
);

-- Tasks that were given out. Without an outcome an assignment is open: it holds a place of its task.
CREATE TABLE assignments (
    vendor text NOT NULL,
    request_id text NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    project text NOT NULL,
    annotator text NOT NULL,
    expires_at timestamptz NOT NULL,
    outcome text,
    PRIMARY KEY (vendor, request_id, task_id),
    CONSTRAINT assignments_outcome_known CHECK (outcome IN ('labelled', 'expired', 'suspended'))
);
CREATE INDEX assignments_by_task ON assignments (task_id);
CREATE INDEX assignments_open ON assignments (expires_at) WHERE outcome IS NULL;
CREATE INDEX assignments_of_annotator ON assignments (project, vendor, annotator)
    WHERE outcome IS NULL;

-- Whether the annotator's label of the task stands.
CREATE FUNCTION is_labelled(assigned assignments) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM submissions JOIN labels USING (label_id, revision)
        WHERE submissions.task_id = assigned.task_id COLLATE "default"
            AND submissions.vendor = assigned.vendor
            AND submissions.annotator = assigned.annotator AND labels.status = 'accepted'
    )
$$;
