-- Sources by id. licence is the normalised SPDX expression where it is allowed, else null and
-- licence_problem says why. Of several submissions of one id the earliest event counts.
CREATE TABLE sources (
    source_id text PRIMARY KEY,
    project text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    provenance jsonb NOT NULL,
    licence text,
    licence_problem text,
    submitted_at timestamptz NOT NULL,
    digest text NOT NULL,
    CONSTRAINT sources_licence_judged CHECK ((licence IS NULL) <> (licence_problem IS NULL))
);

-- Items by project and id. flaw is what the gates found in the content itself; gate, reason and
-- evidence are the verdict of a quarantined item.
CREATE TABLE items (
    project text NOT NULL,
    item_id text NOT NULL,
    source_id text NOT NULL,
    text text,
    uri text,
    media_type text NOT NULL,
    checksum text,
    slices jsonb NOT NULL,
    brief_id text,
    content_hash text,
    flaw jsonb,
    submitted_at timestamptz NOT NULL,
    digest text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    gate text,
    reason text,
    evidence jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (project, item_id),
    CONSTRAINT items_status_known CHECK (status IN ('pending', 'accepted', 'quarantined')),
    CONSTRAINT items_hash_or_flaw CHECK ((content_hash IS NULL) <> (flaw IS NULL)),
    CONSTRAINT items_gate_when_quarantined CHECK ((gate IS NOT NULL) = (status = 'quarantined'))
);
CREATE INDEX items_by_content ON items (project, content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX items_by_source ON items (source_id);
CREATE INDEX items_by_brief ON items (project, brief_id, submitted_at, item_id)
    WHERE brief_id IS NOT NULL AND status = 'accepted';

-- Sourcing briefs; item_ids are the chosen ones once the quota is there.
CREATE TABLE briefs (
    brief_id text PRIMARY KEY,
    project text NOT NULL,
    remediation_id text NOT NULL,
    slices jsonb NOT NULL,
    quota integer NOT NULL,
    item_ids text[],
    approved_at timestamptz NOT NULL,
    digest text NOT NULL,
    CONSTRAINT briefs_quota_positive CHECK (quota > 0)
);

-- Accepted items per project and combination of slices; a combination without items has no row.
CREATE TABLE slice_counts (
    project text NOT NULL,
    slices jsonb NOT NULL,
    items integer NOT NULL,
    PRIMARY KEY (project, slices)
);
