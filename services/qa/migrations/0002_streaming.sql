-- Agreement that streams by scope, golden items with a way back, consensus by method, waivers,
-- standards, drift. Run `aidataops qa backfill` for projects that have labels already.

ALTER TABLE projects
    ADD COLUMN kind text NOT NULL DEFAULT 'categorical',
    ADD COLUMN categories text[] NOT NULL DEFAULT '{}',
    ADD COLUMN accountable text COLLATE "C";

ALTER TABLE tasks ADD COLUMN tier text NOT NULL DEFAULT 'tier1';

ALTER TABLE labels
    ADD COLUMN tier text NOT NULL DEFAULT 'tier1',
    ADD COLUMN guideline_version text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN duration_seconds double precision;

-- Labels given until then do not count, although the annotator is back.
ALTER TABLE annotators ADD COLUMN trusted_after timestamptz;

-- An item in a batch as it was last tallied (JSON), so that what changes can be taken back.
CREATE TABLE measured_units (
    batch_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    project text COLLATE "C" NOT NULL,
    unit jsonb NOT NULL,
    CONSTRAINT measured_units_key PRIMARY KEY (batch_id, item_id)
);
CREATE INDEX measured_units_project ON measured_units (project);

-- How many units of a scope show something (JSON, found by its SHA-256), by kind:
-- pattern, how often each value was given to the unit; annotator, who labelled it; pair and
-- annotator's own answers beside what is held to be true.
CREATE TABLE tallies (
    project text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    scope_value text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    content text COLLATE "C" NOT NULL,
    units integer NOT NULL,
    CONSTRAINT tallies_key PRIMARY KEY (project, scope, scope_value, kind, digest)
);

-- What has to be measured anew, in the background; the revision tells a later change.
CREATE SEQUENCE due_revisions;
CREATE TABLE due (
    project text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    scope_value text COLLATE "C" NOT NULL,
    revision bigint NOT NULL DEFAULT nextval('due_revisions'),
    CONSTRAINT due_key PRIMARY KEY (project, scope, scope_value)
);
CREATE INDEX due_revision ON due (revision);

-- How a project weighs its labels, by the highest revision.
CREATE TABLE consensus_methods (
    project text COLLATE "C" CONSTRAINT consensus_methods_key PRIMARY KEY,
    revision integer NOT NULL,
    method text NOT NULL
);

-- Decisions as they came; which of them count is decided where they are used.
CREATE TABLE standards (
    decision_id text COLLATE "C" CONSTRAINT standards_key PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    standard text COLLATE "C" NOT NULL,
    value double precision NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX standards_project ON standards (project, standard);

CREATE TABLE waivers (
    decision_id text COLLATE "C" CONSTRAINT waivers_key PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    batch_id text COLLATE "C" NOT NULL,
    check_name text COLLATE "C" NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX waivers_batch ON waivers (batch_id);
CREATE INDEX waivers_expiry ON waivers (expires_at);

-- The latest word on how a project's items cover production.
CREATE TABLE coverage (
    project text COLLATE "C" CONSTRAINT coverage_key PRIMARY KEY,
    measured_at text COLLATE "C" NOT NULL, -- time of the event; the latest counts
    verdict text NOT NULL,
    population_stability_index double precision
);

-- What sourcing's gates said about items: held back, or let in after all by a decision.
CREATE TABLE item_gates (
    project text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    gate text COLLATE "C" NOT NULL,
    quarantined boolean NOT NULL,
    released boolean NOT NULL,
    CONSTRAINT item_gates_key PRIMARY KEY (project, item_id, gate)
);

-- Of every complete batch: how far annotators agree with what is held to be true of its items
-- (agreed of judged labels), by annotator, cohort without its batch, and slices (JSON).
CREATE TABLE batch_scores (
    batch_id text COLLATE "C" NOT NULL,
    project text COLLATE "C" NOT NULL,
    ended_at timestamptz NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    annotator text COLLATE "C" NOT NULL,
    cohort text COLLATE "C" NOT NULL,
    slices text COLLATE "C" NOT NULL,
    agreed double precision NOT NULL,
    judged integer NOT NULL,
    CONSTRAINT batch_scores_key
        PRIMARY KEY (batch_id, vendor, annotator, cohort, slices)
);
CREATE INDEX batch_scores_project ON batch_scores (project, ended_at, batch_id);

-- Replaced by tallies, which do not wait for a batch to be complete.
DROP TABLE measured_batches;
