-- Items whose content was erased.

-- name: lock_erasures
SELECT pg_advisory_xact_lock(hashtextextended('qa/erasures', 0))

-- name: add_erasures
INSERT INTO erasures (project, item_id, erased_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS added (project, item_id)
ON CONFLICT DO NOTHING

-- name: erase_labels
-- $1 projects, $2 item ids: labels that are texts count no more.
UPDATE labels SET value = '', withdrawn = true
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id) JOIN projects USING (project)
WHERE (labels.project, labels.item_id) = (erased.project, erased.item_id)
  AND projects.kind = 'text' AND (value <> '' OR NOT withdrawn)
RETURNING label_id, labels.project, labels.item_id

-- name: erase_golden
-- $1 projects, $2 item ids: what is held to be true of them, where it is a text.
UPDATE golden_items SET value = ''
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id) JOIN projects USING (project)
WHERE (golden_items.project, golden_items.item_id) = (erased.project, erased.item_id)
  AND projects.kind = 'text' AND value <> ''
RETURNING golden_items.item_id

-- name: erase_golden_of_projects
-- $1 projects.
UPDATE golden_items SET value = ''
FROM erasures JOIN projects USING (project)
WHERE (golden_items.project, golden_items.item_id) = (erasures.project, erasures.item_id)
  AND golden_items.project = ANY ($1::text[]) AND projects.kind = 'text' AND value <> ''

-- name: erase_labels_of_projects
-- $1 projects.
UPDATE labels SET value = '', withdrawn = true
FROM erasures JOIN projects USING (project)
WHERE (labels.project, labels.item_id) = (erasures.project, erasures.item_id)
  AND labels.project = ANY ($1::text[]) AND projects.kind = 'text'
  AND (value <> '' OR NOT withdrawn)
RETURNING label_id, labels.project, labels.item_id
