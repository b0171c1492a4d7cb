-- name: add_item_releases
INSERT INTO item_releases (project, item_id, gate, made_by, decision_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING

-- name: list_released_items
-- $1 projects.
SELECT DISTINCT project, item_id FROM item_releases WHERE project = ANY ($1::text[])

-- name: add_items
-- The earliest event of an id counts; what replaces another is undecided again, but keeps its
-- verdict until the new one is written, so that the change is seen.
INSERT INTO items AS known
    (project, item_id, source_id, text, uri, media_type, checksum, slices, brief_id, content_hash,
     flaws, contamination, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::jsonb[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[], $13::timestamptz[],
    $14::text[]
)
ON CONFLICT (project, item_id) DO UPDATE SET
    source_id = excluded.source_id, text = excluded.text, uri = excluded.uri,
    media_type = excluded.media_type, checksum = excluded.checksum, slices = excluded.slices,
    brief_id = excluded.brief_id, content_hash = excluded.content_hash, flaws = excluded.flaws,
    contamination = excluded.contamination, submitted_at = excluded.submitted_at,
    digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
RETURNING project, item_id

-- name: get_items
-- $1 projects, $2 item ids. released are the gates that a decision of the Accountable has opened.
SELECT items.*, sources.project AS source_project, sources.licence,
    sources.gate AS source_gate, sources.reason AS source_reason,
    sources.provenance ->> 'licence' AS stated_licence,
    ARRAY(
        SELECT DISTINCT item_releases.gate FROM item_releases
        JOIN accountables USING (project)
        WHERE item_releases.project = items.project AND item_releases.item_id = items.item_id
            AND accountable = made_by
    ) AS released
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN items USING (project, item_id)
LEFT JOIN sources USING (source_id)

-- name: list_items_with
-- $1 projects, $2 content hashes.
SELECT project, item_id
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN items USING (project, content_hash)

-- name: save_verdicts
-- $1 projects, $2 item ids, $3 statuses, $4 gates, $5 reasons, $6 evidence.
UPDATE items SET status = verdict.status, gate = verdict.gate, reason = verdict.reason,
    evidence = verdict.evidence
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
    AS verdict (project, item_id, status, gate, reason, evidence)
WHERE items.project = verdict.project AND items.item_id = verdict.item_id

-- name: page_texts
-- $1 project, $2 item id of the last one read; $3 how many.
SELECT project, item_id, text FROM items
WHERE (project, item_id) > ($1, $2) AND text IS NOT NULL
ORDER BY project, item_id LIMIT $3

-- name: save_contamination
-- $1 projects, $2 item ids, $3 what was found.
UPDATE items SET contamination = found.contamination
FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS found (project, item_id, contamination)
WHERE items.project = found.project AND items.item_id = found.item_id
