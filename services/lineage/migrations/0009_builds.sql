-- Versions on their way to the seal. They are built in steps, each a transaction of its own, so that
-- none is as long as a version is large; every step follows from what is held here and in the version's
-- own tables, so that a crash costs one step. With the seal these rows go.
CREATE TABLE builds (
    version_id text PRIMARY KEY REFERENCES versions,
    rows integer NOT NULL,
    event_id text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text NOT NULL,
    planned boolean NOT NULL DEFAULT false,
    hash text,
    items integer
);

-- The released batches that still have to come in, as they were when the decision was carried out.
CREATE TABLE build_batches (
    version_id text NOT NULL REFERENCES versions,
    place integer NOT NULL,
    batch_id text NOT NULL,
    revision integer NOT NULL,
    items jsonb NOT NULL,
    CONSTRAINT build_batches_key PRIMARY KEY (version_id, place)
);

-- What the parts that are finished hold; summed up they are the version's marginals. A part is a chunk
-- of ordinals, as in `memberships`, whose facet `all` is the plan while a version is built.
CREATE TABLE build_counts (
    version_id text NOT NULL REFERENCES versions,
    chunk integer NOT NULL,
    facet text NOT NULL,
    value text NOT NULL,
    items integer NOT NULL,
    CONSTRAINT build_counts_key PRIMARY KEY (version_id, chunk, facet, value)
);

-- A decision whose version is being built is not judged again.
ALTER TABLE decisions DROP CONSTRAINT decisions_state_check;
ALTER TABLE decisions ADD CONSTRAINT decisions_state_check
    CHECK (state IN ('waiting', 'refused', 'repeated', 'building', 'published'));
