-- name: add_contents
-- Contents of items that are not erased; the highest (event_time, event_id) stays. A tombstone that
-- comes at this very moment waits for the items' lock (see lock_items).
INSERT INTO item_contents (item_id, text, uri, media_type, event_time, event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
    AS added (item_id, text, uri, media_type, event_time, event_id)
WHERE NOT EXISTS (SELECT FROM tombstones WHERE tombstones.item_id = added.item_id)
ON CONFLICT (item_id) DO UPDATE
SET text = excluded.text, uri = excluded.uri, media_type = excluded.media_type,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    > (item_contents.event_time, item_contents.event_id COLLATE "C");

-- name: lock_items
-- Contents and tombstones of one item are written one transaction at a time; in the order of keys,
-- so that two writers cannot wait for each other.
SELECT pg_advisory_xact_lock(hashtext('lineage.contents'), key)
FROM (SELECT DISTINCT hashtext(item_id) AS key FROM unnest($1::text[]) AS item_id ORDER BY 1) AS keys;

-- name: erase_items
-- Tombstones of a subject; the earliest time stays.
INSERT INTO tombstones (item_id, subject, project, erased_at)
SELECT item_id, $1, $2, $3 FROM unnest($4::text[]) AS item_id
ON CONFLICT ON CONSTRAINT tombstones_key DO NOTHING;

-- name: erase_contents
DELETE FROM item_contents WHERE item_id = ANY ($1::text[]);

-- name: count_erased
SELECT count(*) FROM tombstones WHERE subject = $1;
