-- Labels of every kind, not only of one category; vendors whose revisions are times; annotations
-- that vendors take back without saying what was in them.

ALTER TABLE definitions
    ADD COLUMN label_kind text NOT NULL DEFAULT 'categorical',
    ADD COLUMN allow_tie boolean NOT NULL DEFAULT true,
    ADD COLUMN maximum_characters integer;

-- characters is the length of the item's text.
ALTER TABLE tasks
    ADD COLUMN label_kind text NOT NULL DEFAULT 'categorical',
    ADD COLUMN allow_tie boolean NOT NULL DEFAULT true,
    ADD COLUMN maximum_characters integer,
    ADD COLUMN characters integer;

-- Label Studio's revisions are microseconds.
ALTER TABLE submissions
    ALTER COLUMN revision TYPE bigint,
    ADD COLUMN vendor_project text,
    ADD COLUMN vendor_task_id text,
    ADD COLUMN first_submitted_at timestamptz;
CREATE INDEX submissions_by_vendor_project ON submissions (vendor, vendor_project, annotation_id)
    WHERE vendor_project IS NOT NULL;
ALTER TABLE labels ALTER COLUMN revision TYPE bigint;

-- Annotations, or all annotations of a vendor's task, that are gone; the latest word counts.
CREATE TABLE withdrawals (
    vendor text NOT NULL,
    vendor_project text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (vendor, vendor_project, kind, name),
    CONSTRAINT withdrawals_kind_known CHECK (kind IN ('annotation', 'task'))
);

-- What a vendor's project held at its latest export, in parts: annotation ids of the range (after, until].
CREATE TABLE exports (
    vendor text NOT NULL,
    vendor_project text NOT NULL,
    exported_at timestamptz NOT NULL,
    after text COLLATE "C" NOT NULL DEFAULT '',
    until text COLLATE "C",
    annotation_ids text[] NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (vendor, vendor_project, exported_at, digest)
);
