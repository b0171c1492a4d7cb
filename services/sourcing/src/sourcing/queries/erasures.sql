-- name: add_erasures
-- $1 projects, $2 item ids, $3 when.
INSERT INTO erasures (project, item_id, erased_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS added (project, item_id)
ON CONFLICT DO NOTHING

-- name: erase_items
-- $1 projects, $2 item ids.
UPDATE items SET text = NULL, uri = NULL
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
WHERE (items.project, items.item_id) = (erased.project, erased.item_id)
  AND (text IS NOT NULL OR uri IS NOT NULL)
RETURNING items.item_id

-- name: use_erased
-- $1 projects, $2 item ids, $3 when.
INSERT INTO item_uses (project, item_id, used_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
ON CONFLICT DO NOTHING
