-- Successors that erasures call for, as last told: the newest sealed version of a dataset, whom the
-- erasure was for, and how many of the version's rows go. A row goes when the version has a successor.
CREATE TABLE proposals (
    subject text NOT NULL,
    version_id text NOT NULL REFERENCES versions,
    items integer NOT NULL,
    CONSTRAINT proposals_key PRIMARY KEY (subject, version_id)
);
