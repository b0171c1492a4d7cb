-- The provenance graph. A node exists as soon as a fact or an edge names it; a node that edges name
-- and no fact describes is a stub, which a later event fills.

-- What is known of a node, one row per aspect of it (`accepted`, `released`, …). Of several events
-- on one aspect the highest (revision, event_time, event_id) counts, whatever order they come in.
CREATE TABLE facts (
    kind text NOT NULL,
    id text NOT NULL,
    aspect text NOT NULL,
    revision integer NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL,
    attributes jsonb NOT NULL,
    CONSTRAINT facts_key PRIMARY KEY (kind, id, aspect)
);

-- What led to what, from the earlier to the later. `material`: what is at the `from` end is in what
-- is at the `to` end (a row in a version, a version in a model); otherwise it is only the reason for
-- it. Trace and correlation are those of the earliest event that said so.
CREATE TABLE edges (
    from_kind text NOT NULL,
    from_id text NOT NULL,
    relation text NOT NULL,
    to_kind text NOT NULL,
    to_id text NOT NULL,
    material boolean NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL,
    trace_id text NOT NULL,
    correlation_id text NOT NULL,
    CONSTRAINT edges_key PRIMARY KEY (from_kind, from_id, relation, to_kind, to_id)
);
CREATE INDEX edges_backward ON edges (to_kind, to_id);

-- Dataset versions. Without a hash a version is still being assembled from its chunks; with one it
-- is sealed and nothing about it changes any more (see refuse_change).
CREATE TABLE versions (
    version_id text PRIMARY KEY,
    dataset text NOT NULL,
    version integer NOT NULL,
    project text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('registered', 'built')),
    chunks integer,
    parents jsonb NOT NULL,
    batch_ids text[] NOT NULL,
    remediation_ids text[] NOT NULL,
    decision_id text,
    hash text,
    items integer,
    CONSTRAINT versions_number UNIQUE (dataset, version)
);

-- Which chunks of a registered version have come, and a digest of each, so that a repetition is
-- told from a contradiction.
CREATE TABLE version_chunks (
    version_id text NOT NULL REFERENCES versions,
    chunk integer NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT version_chunks_key PRIMARY KEY (version_id, chunk)
);

-- The rows of every version. Whoever reads membership reads it here or through the view `links`.
CREATE TABLE version_rows (
    version_id text NOT NULL REFERENCES versions,
    item_id text NOT NULL,
    value text NOT NULL,
    cohorts text[] NOT NULL,
    slices jsonb NOT NULL,
    row_hash bytea NOT NULL,
    release_id text,
    consensus_id text,
    CONSTRAINT version_rows_key PRIMARY KEY (version_id, item_id)
);
CREATE INDEX version_rows_item ON version_rows (item_id);
CREATE INDEX version_rows_consensus ON version_rows (consensus_id) WHERE consensus_id IS NOT NULL;

-- The last word of QA on every batch, with the items that it released.
CREATE TABLE batches (
    batch_id text PRIMARY KEY,
    project text NOT NULL,
    revision integer NOT NULL,
    released boolean NOT NULL,
    remediation_id text,
    items jsonb NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);

-- The projects' newest definitions, as far as publishing depends on them.
CREATE TABLE projects (
    project text PRIMARY KEY,
    revision integer NOT NULL,
    dataset text NOT NULL,
    accountable text NOT NULL
);

-- Decisions to publish a version, and what became of them.
CREATE TABLE decisions (
    decision_id text PRIMARY KEY,
    dataset text NOT NULL,
    project text NOT NULL,
    parent_version integer NOT NULL,
    batch_ids text[] NOT NULL,
    made_by text NOT NULL,
    role text NOT NULL,
    made_at timestamptz NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL,
    trace_id text NOT NULL,
    correlation_id text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'refused', 'repeated', 'published')),
    reason text NOT NULL DEFAULT ''
);
CREATE INDEX decisions_dataset ON decisions (dataset) WHERE state <> 'published';
CREATE INDEX decisions_project ON decisions (project) WHERE state <> 'published';

-- All that the trace walks: edges and membership, which has no edge per row.
CREATE VIEW links AS
    SELECT from_kind, from_id, relation, to_kind, to_id, material, trace_id, correlation_id
    FROM edges
    UNION ALL
    SELECT 'item', item_id, 'contained_in', 'dataset_version', version_id, true, NULL, NULL
    FROM version_rows
    UNION ALL
    SELECT 'consensus', consensus_id, 'decided_in', 'dataset_version', version_id, true, NULL, NULL
    FROM version_rows WHERE consensus_id IS NOT NULL;

-- Immutability is the database's to keep, whatever a handler does.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'dataset version % is published and cannot be changed', OLD.version_id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'versions_immutable';
END
$$;
CREATE TRIGGER versions_immutable BEFORE UPDATE OR DELETE ON versions
    FOR EACH ROW WHEN (OLD.hash IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed text;
BEGIN
    SELECT version_id INTO sealed
    FROM (SELECT DISTINCT version_id FROM touched) AS touched JOIN versions USING (version_id)
    WHERE hash IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'dataset version % is published and its rows cannot be changed', sealed
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_rows_immutable';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER version_rows_immutable_insert AFTER INSERT ON version_rows
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER version_rows_immutable_update AFTER UPDATE ON version_rows
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER version_rows_immutable_delete AFTER DELETE ON version_rows
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
