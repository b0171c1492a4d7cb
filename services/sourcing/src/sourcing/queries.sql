-- name: lock
-- $1 names. Sorted, so that two members of the group never wait for each other in a circle; the
-- locks end with the transaction.
SELECT pg_advisory_xact_lock(key)
FROM (
    SELECT DISTINCT hashtextextended('sourcing/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: add_sources
-- The earliest event of an id counts, whatever the order of arrival.
INSERT INTO sources AS known
    (source_id, project, name, kind, provenance, licence, licence_problem, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[],
    $8::timestamptz[], $9::text[]
)
ON CONFLICT (source_id) DO UPDATE SET
    project = excluded.project, name = excluded.name, kind = excluded.kind,
    provenance = excluded.provenance, licence = excluded.licence,
    licence_problem = excluded.licence_problem, submitted_at = excluded.submitted_at,
    digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
RETURNING source_id

-- name: list_projects_of
-- $1 source ids.
SELECT DISTINCT project FROM items WHERE source_id = ANY ($1::text[])

-- name: list_items_of
-- $1 source ids.
SELECT project, item_id FROM items WHERE source_id = ANY ($1::text[])

-- name: add_items
-- The earliest event of an id counts; what replaces another is undecided again, but keeps its
-- verdict until the new one is written, so that the change is seen.
INSERT INTO items AS known
    (project, item_id, source_id, text, uri, media_type, checksum, slices, brief_id, content_hash,
     flaw, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::jsonb[], $9::text[], $10::text[], $11::jsonb[], $12::timestamptz[], $13::text[]
)
ON CONFLICT (project, item_id) DO UPDATE SET
    source_id = excluded.source_id, text = excluded.text, uri = excluded.uri,
    media_type = excluded.media_type, checksum = excluded.checksum, slices = excluded.slices,
    brief_id = excluded.brief_id, content_hash = excluded.content_hash, flaw = excluded.flaw,
    submitted_at = excluded.submitted_at, digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)

-- name: list_twins
-- $1 projects, $2 item ids.
SELECT project, item_id
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN items USING (project, item_id)
UNION
SELECT project, twin.item_id
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN items AS item USING (project, item_id)
JOIN items AS twin USING (project, content_hash)

-- name: get_items
-- $1 projects, $2 item ids.
SELECT items.*, sources.project AS source_project, sources.licence, sources.licence_problem,
    sources.provenance ->> 'licence' AS stated_licence
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN items USING (project, item_id)
LEFT JOIN sources USING (source_id)

-- name: save_verdicts
-- $1 projects, $2 item ids, $3 statuses, $4 gates, $5 reasons, $6 evidence.
UPDATE items SET status = verdict.status, gate = verdict.gate, reason = verdict.reason,
    evidence = verdict.evidence
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
    AS verdict (project, item_id, status, gate, reason, evidence)
WHERE items.project = verdict.project AND items.item_id = verdict.item_id

-- name: count_slices
-- $1 projects, $2 slices, $3 changes; each pair once.
INSERT INTO slice_counts AS known (project, slices, items)
SELECT * FROM unnest($1::text[], $2::jsonb[], $3::integer[])
ON CONFLICT (project, slices) DO UPDATE SET items = known.items + excluded.items

-- name: drop_empty_slices
-- $1 projects. A combination that lost its last item is as if it had never been.
DELETE FROM slice_counts WHERE project = ANY ($1::text[]) AND items = 0

-- name: list_slice_counts
-- $1 projects.
SELECT project, slices, items FROM slice_counts WHERE project = ANY ($1::text[])

-- name: add_briefs
-- The latest approval of a remediation counts.
INSERT INTO briefs AS known
    (brief_id, project, remediation_id, slices, quota, approved_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::integer[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (brief_id) DO UPDATE SET
    project = excluded.project, slices = excluded.slices, quota = excluded.quota,
    approved_at = excluded.approved_at, digest = excluded.digest
WHERE (excluded.approved_at, excluded.digest) > (known.approved_at, known.digest)
RETURNING brief_id

-- name: list_briefs
-- $1 brief ids; candidates are the first accepted items that answer the brief in its slices, at
-- most as many as the quota.
SELECT briefs.*, ARRAY(
    SELECT item_id FROM items
    WHERE items.project = briefs.project AND items.brief_id = briefs.brief_id
        AND items.status = 'accepted' AND items.slices @> briefs.slices
    ORDER BY items.submitted_at, items.item_id
    LIMIT briefs.quota
) AS candidates
FROM briefs WHERE brief_id = ANY ($1::text[]) ORDER BY brief_id

-- name: save_choices
-- $1 brief ids, $2 item ids as JSON arrays, null where the quota is not reached.
UPDATE briefs SET item_ids = CASE WHEN choice.item_ids IS NULL THEN NULL
    ELSE ARRAY(SELECT jsonb_array_elements_text(choice.item_ids)) END
FROM unnest($1::text[], $2::jsonb[]) AS choice (brief_id, item_ids)
WHERE briefs.brief_id = choice.brief_id
