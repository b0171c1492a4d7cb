-- What a source stands for now: the policy, its provenance and decisions together.
ALTER TABLE sources DROP CONSTRAINT sources_licence_judged;
ALTER TABLE sources
    ADD COLUMN status text NOT NULL DEFAULT 'registered',
    ADD COLUMN gate text,
    ADD COLUMN approvable boolean NOT NULL DEFAULT false;
ALTER TABLE sources RENAME COLUMN licence_problem TO reason;
UPDATE sources SET status = 'held', gate = 'licence' WHERE reason IS NOT NULL;
ALTER TABLE sources
    ADD CONSTRAINT sources_status_known CHECK (status IN ('registered', 'held', 'suspended')),
    ADD CONSTRAINT sources_gate_unless_registered CHECK ((gate IS NULL) = (status = 'registered'));

-- Everything that the gates find in an item's content, so that a release can open one of them.
ALTER TABLE items DROP CONSTRAINT items_hash_or_flaw;
ALTER TABLE items
    ADD COLUMN flaws jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN contamination jsonb;
UPDATE items SET flaws = jsonb_build_array(flaw) WHERE flaw IS NOT NULL;
ALTER TABLE items DROP COLUMN flaw;

-- One row per distinct content of a project, with the bands of its MinHash. first_* is the earliest
-- item that passes every other gate, held_by the hash of the accepted content that it resembles.
-- Rows are updated without touching an indexed column, hence the room in each page.
CREATE TABLE contents (
    project text NOT NULL,
    content_hash text NOT NULL,
    bands bigint[] NOT NULL,
    first_at timestamptz,
    first_item text,
    held_by text,
    PRIMARY KEY (project, content_hash)
) WITH (fillfactor = 90);
-- Without the pending list every lookup takes the same time.
CREATE INDEX contents_by_band ON contents USING gin (bands) WITH (fastupdate = off);
-- Items from before have no bands: they hold back exact copies only.
INSERT INTO contents (project, content_hash, bands)
SELECT DISTINCT project, content_hash, '{}'::bigint[] FROM items WHERE content_hash IS NOT NULL;
UPDATE contents SET first_at = submitted_at, first_item = item_id
FROM items
WHERE items.project = contents.project AND items.content_hash = contents.content_hash
    AND status = 'accepted';

-- Decisions of people. Those of the project's Accountable count, the latest first.
CREATE TABLE accountables (
    project text PRIMARY KEY,
    revision integer NOT NULL,
    accountable text NOT NULL
);
CREATE TABLE source_decisions (
    source_id text NOT NULL,
    project text NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    decision_id text NOT NULL,
    PRIMARY KEY (source_id, decision_id)
);
CREATE TABLE item_releases (
    project text NOT NULL,
    item_id text NOT NULL,
    gate text NOT NULL,
    made_by text NOT NULL,
    decision_id text NOT NULL,
    PRIMARY KEY (project, item_id, gate, decision_id)
);

-- The licence policy, where it is not the shipped one.
CREATE TABLE policies (
    subject text PRIMARY KEY,
    version text NOT NULL,
    document text NOT NULL,
    changed_at timestamptz NOT NULL,
    digest text NOT NULL
);

-- Protected evaluation sets, and the hashes of their runs of 13 words.
CREATE TABLE benchmarks (
    benchmark_id text NOT NULL,
    version text NOT NULL,
    chunk integer NOT NULL,
    name text NOT NULL,
    texts integer NOT NULL,
    PRIMARY KEY (benchmark_id, version, chunk)
);
CREATE TABLE protected_runs (
    run bigint NOT NULL,
    benchmark_id text NOT NULL,
    PRIMARY KEY (run, benchmark_id)
);

-- What production looks like: as it was set, and as it was sampled.
CREATE TABLE production_weights (
    project text PRIMARY KEY,
    revision integer NOT NULL,
    document jsonb NOT NULL,
    set_at timestamptz NOT NULL,
    digest text NOT NULL
);
CREATE TABLE production_samples (
    project text NOT NULL,
    "window" text NOT NULL,
    ended_at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    sampled_at timestamptz NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (project, "window")
);

-- Briefs come from coverage too, which has no remediation; priority and due date come with the
-- remediation's request. item_ids are the chosen ones so far.
ALTER TABLE briefs ALTER COLUMN remediation_id DROP NOT NULL;
ALTER TABLE briefs
    ADD COLUMN origin text NOT NULL DEFAULT 'remediation',
    ADD COLUMN reason text,
    ADD COLUMN from_pool integer NOT NULL DEFAULT 0;
UPDATE briefs SET item_ids = '{}' WHERE item_ids IS NULL;
ALTER TABLE briefs ALTER COLUMN item_ids SET DEFAULT '{}', ALTER COLUMN item_ids SET NOT NULL;
CREATE INDEX briefs_by_project ON briefs (project);
CREATE TABLE remediation_requests (
    remediation_id text PRIMARY KEY,
    priority double precision NOT NULL,
    due_at timestamptz,
    requested_at timestamptz NOT NULL,
    digest text NOT NULL
);
CREATE INDEX items_in_pool ON items (project, submitted_at, item_id) WHERE status = 'accepted';

-- First use of an item, which may be known before the item is.
CREATE TABLE item_uses (
    project text NOT NULL,
    item_id text NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (project, item_id)
);
