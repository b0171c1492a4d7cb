-- Standing pools, what is asked of them, how good they are.

-- Pools by revision; of several events of one revision the earliest counts, the highest is in force.
CREATE TABLE pools (
    project text NOT NULL,
    vendor text NOT NULL,
    pool text NOT NULL,
    revision integer NOT NULL,
    document jsonb NOT NULL,
    defined_at timestamptz NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, vendor, pool, revision)
);

-- Requests for more people; told_* keeps account of the verdict that was published last.
CREATE TABLE capacity_requests (
    request_id text PRIMARY KEY,
    project text NOT NULL,
    vendor text NOT NULL,
    pool text NOT NULL,
    annotators integer NOT NULL,
    requested_at timestamptz NOT NULL,
    digest text NOT NULL,
    granted boolean,
    agreement_lower double precision,
    floor double precision,
    told_revision integer NOT NULL DEFAULT 0
);
CREATE INDEX capacity_requests_by_project ON capacity_requests (project);

-- Remediations that will need labels, until they are declined or completed.
CREATE TABLE demands (
    remediation_id text PRIMARY KEY,
    project text,
    items integer,
    closed boolean NOT NULL DEFAULT false
);

CREATE TABLE costs (
    statement_id text PRIMARY KEY,
    project text NOT NULL,
    vendor text NOT NULL,
    amount double precision NOT NULL,
    currency text NOT NULL,
    reported_at timestamptz NOT NULL,
    digest text NOT NULL
);

-- QA's verdicts on answers to golden items; the latest word on a label counts.
CREATE TABLE golden_scores (
    label_id text PRIMARY KEY,
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    correct boolean NOT NULL,
    scored_at timestamptz NOT NULL,
    digest text NOT NULL
);
CREATE INDEX golden_scores_by_annotator ON golden_scores (project, vendor, annotator);

-- Where an annotator stands in a domain under a guideline version; told is what was published.
CREATE TABLE qualifications (
    project text NOT NULL,
    vendor text NOT NULL,
    annotator text NOT NULL,
    guideline_version text NOT NULL,
    domain text NOT NULL,
    expires_at timestamptz,
    told timestamptz,
    PRIMARY KEY (project, vendor, annotator, guideline_version, domain)
);
CREATE INDEX qualifications_told ON qualifications (told) WHERE told IS NOT NULL;

-- What was said of something that changes slowly, so that it is said again only when it changed.
CREATE TABLE announcements (
    kind text NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (kind, name)
);
