-- Guideline versions with their sign-off and calibration, and the tiers of review.

ALTER TABLE definitions
    ADD COLUMN agreement_floor double precision NOT NULL DEFAULT 0.667,
    ADD COLUMN review boolean NOT NULL DEFAULT false;

-- excluded are annotators who may not label the task.
ALTER TABLE tasks
    ADD COLUMN tier text NOT NULL DEFAULT 'tier1',
    ADD COLUMN excluded text[] NOT NULL DEFAULT '{}';

-- What the vendor was told.
ALTER TABLE submissions
    ADD COLUMN rejection_field text,
    ADD COLUMN rejection_value text,
    ADD COLUMN rejection_valid text,
    ADD COLUMN rejection_reason text;
CREATE INDEX submissions_rejected ON submissions (submitted_at DESC) WHERE rejection IS NOT NULL;

-- Every publication of a guideline version; refusal_* says why it is not in force.
CREATE TABLE publications (
    project text NOT NULL,
    guideline_version text NOT NULL,
    digest text NOT NULL,
    signed_off_by text NOT NULL,
    signed_off_as text,
    calibration_alpha double precision,
    calibration_batch_id text,
    reannotate boolean NOT NULL,
    published_at timestamptz NOT NULL,
    refusal_field text,
    refusal_reason text,
    PRIMARY KEY (project, guideline_version, digest)
);
-- What was in force before publications were kept.
INSERT INTO publications (project, guideline_version, digest, signed_off_by, reannotate,
    published_at)
SELECT project, guideline_version, '', '', false, '-infinity' FROM guidelines;

-- Drafts: who wrote them and the sections that flags are about.
CREATE TABLE proposals (
    project text NOT NULL,
    guideline_version text NOT NULL,
    digest text NOT NULL,
    proposed_by text NOT NULL,
    sections jsonb NOT NULL,
    proposed_at timestamptz NOT NULL,
    PRIMARY KEY (project, guideline_version, digest)
);

-- Versions that a major one has put out of force, since when, and whether to label again.
CREATE TABLE superseded (
    project text NOT NULL,
    guideline_version text NOT NULL,
    superseded_by text NOT NULL,
    since timestamptz NOT NULL,
    reannotate boolean NOT NULL,
    PRIMARY KEY (project, guideline_version)
);

CREATE TABLE flags (
    project text NOT NULL,
    guideline_version text NOT NULL,
    section text NOT NULL,
    kind text NOT NULL,
    flagged_by text NOT NULL,
    note text NOT NULL,
    flagged_at timestamptz NOT NULL,
    PRIMARY KEY (project, guideline_version, section, kind, flagged_by, note)
);

-- Who holds which role for which kind of decision; the highest revision counts.
CREATE TABLE responsibilities (
    project text NOT NULL,
    decision_kind text NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    revision integer NOT NULL,
    revoked boolean NOT NULL,
    PRIMARY KEY (project, decision_kind, person, role)
);

-- Standards as the Accountable changed them; of one project the latest decision counts.
CREATE TABLE standards (
    project text NOT NULL,
    standard text NOT NULL,
    value double precision NOT NULL,
    made_at timestamptz NOT NULL,
    decision_id text NOT NULL,
    PRIMARY KEY (project, standard, made_at, decision_id)
);

-- The agreement floor of a project at a time; the standard goes before the project's definition.
CREATE FUNCTION agreement_floor(of_project text, at timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT value FROM standards
         WHERE project = of_project AND standard = 'agreement_floor' AND made_at <= at
         ORDER BY made_at DESC, decision_id DESC LIMIT 1),
        (SELECT definitions.agreement_floor FROM definitions WHERE project = of_project
         ORDER BY revision DESC LIMIT 1),
        0.667
    )
$$;

-- What QA measured, of projects, batches and cohorts.
CREATE TABLE agreements (
    project text NOT NULL,
    scope text NOT NULL,
    scope_value text NOT NULL,
    measured_at timestamptz NOT NULL,
    value double precision,
    lower double precision,
    labels integer NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, scope, scope_value, measured_at, digest)
);

-- guideline_version is set for batches that are worked under another version than the project's.
ALTER TABLE batches ADD COLUMN guideline_version text;
-- stale_under keeps account of the superseding version under which the label was listed as stale.
ALTER TABLE labels ADD COLUMN stale_under text;

-- Items that QA wants seen again: by a reviewer (kind review), or by one more annotator (overlap).
-- One row for each annotator who may not; an empty annotator stands for the request itself.
CREATE TABLE reviews (
    batch_id text NOT NULL,
    item_id text NOT NULL,
    kind text NOT NULL,
    annotator text NOT NULL,
    PRIMARY KEY (batch_id, item_id, kind, annotator),
    CONSTRAINT reviews_kind_known CHECK (kind IN ('review', 'overlap'))
);

-- Items whose reviewer agreed with nobody; annotator is the reviewer.
CREATE TABLE adjudications (
    batch_id text NOT NULL,
    item_id text NOT NULL,
    annotator text NOT NULL,
    PRIMARY KEY (batch_id, item_id, annotator)
);
