-- Membership as compressed bitmaps (Roaring, portable serialisation) over item ordinals, in chunks of
-- 65 536 ordinals, so that a question about a model, a source or an annotator is set arithmetic.

-- A number for every item that is in a version or that somebody provided or labelled. Given once.
CREATE TABLE ordinals (
    item_id text PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0 MAXVALUE 4294967295) UNIQUE
);

-- Which items of a version lie under a value of a facet: `all` (no value), `cohort`, `vendor`,
-- `pool`, `guideline` (project/version), `batch` (of the cohort), `release`, `slice` (attribute=value).
CREATE TABLE memberships (
    version_id text NOT NULL REFERENCES versions,
    facet text NOT NULL,
    value text NOT NULL,
    chunk integer NOT NULL,
    items bytea NOT NULL,
    CONSTRAINT memberships_key PRIMARY KEY (version_id, facet, value, chunk)
);
ALTER TABLE memberships ALTER COLUMN items SET STORAGE EXTERNAL;

-- How many items that are. `stratum` has no bitmap: slices and cohorts of a row together, as JSON.
CREATE TABLE marginals (
    version_id text NOT NULL REFERENCES versions,
    facet text NOT NULL,
    value text NOT NULL,
    items integer NOT NULL,
    CONSTRAINT marginals_key PRIMARY KEY (version_id, facet, value)
);
CREATE INDEX marginals_value ON marginals (facet, value);

-- Items that a source provided (cohort '') or an annotator labelled within a cohort. Grows only, and
-- knows nothing of versions: neither has to wait for the other.
CREATE TABLE reaches (
    kind text NOT NULL CHECK (kind IN ('source', 'annotator')),
    id text NOT NULL,
    cohort text NOT NULL,
    chunk integer NOT NULL,
    items bytea NOT NULL,
    count integer NOT NULL,
    CONSTRAINT reaches_key PRIMARY KEY (kind, id, cohort, chunk)
);
ALTER TABLE reaches ALTER COLUMN items SET STORAGE EXTERNAL;
CREATE INDEX reaches_cohort ON reaches (cohort) WHERE kind = 'annotator';

-- Items whose row is not the same in a version and in its parent: written when the second of the two
-- is sealed.
CREATE TABLE changes (
    version_id text NOT NULL REFERENCES versions,
    parent_id text NOT NULL REFERENCES versions,
    chunk integer NOT NULL,
    items bytea NOT NULL,
    CONSTRAINT changes_key PRIMARY KEY (version_id, parent_id, chunk)
);

CREATE TRIGGER memberships_immutable_insert AFTER INSERT ON memberships
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER memberships_immutable_update AFTER UPDATE ON memberships
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER memberships_immutable_delete AFTER DELETE ON memberships
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER marginals_immutable_insert AFTER INSERT ON marginals
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER marginals_immutable_update AFTER UPDATE ON marginals
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
CREATE TRIGGER marginals_immutable_delete AFTER DELETE ON marginals
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_change();
