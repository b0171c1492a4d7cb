-- name: add_ordinals
INSERT INTO ordinals (item_id)
SELECT item_id FROM unnest($1::text[]) AS wanted (item_id)
WHERE NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = wanted.item_id)
ON CONFLICT (item_id) DO NOTHING;

-- name: ordinals
SELECT item_id, ordinal FROM ordinals WHERE item_id = ANY ($1::text[]);

-- name: add_empty_reaches
-- So that every set has a row to lock.
INSERT INTO reaches (kind, id, cohort, chunk, items, count)
SELECT kind, id, cohort, chunk, $5, 0
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS wanted (kind, id, cohort, chunk)
ON CONFLICT ON CONSTRAINT reaches_key DO NOTHING;

-- name: lock_reaches
SELECT reaches.* FROM reaches
JOIN unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS wanted (kind, id, cohort, chunk)
    USING (kind, id, cohort, chunk)
ORDER BY kind, id, cohort, chunk FOR UPDATE OF reaches;

-- name: grow_reaches
UPDATE reaches SET items = grown.items, count = grown.count
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bytea[], $6::integer[])
    AS grown (kind, id, cohort, chunk, items, count)
WHERE (reaches.kind, reaches.id, reaches.cohort, reaches.chunk)
    = (grown.kind, grown.id, grown.cohort, grown.chunk)
  AND reaches.count <> grown.count;

-- name: changed
SELECT items FROM changes WHERE version_id = $1 AND parent_id = $2;

-- name: reached
SELECT cohort AS name, items FROM reaches WHERE kind = $1 AND id = $2;

-- name: members
SELECT value AS name, items FROM memberships
WHERE version_id = $1 AND facet = $2 AND ($3::text[] IS NULL OR value = ANY ($3));

-- name: parts
SELECT chunk, items FROM memberships WHERE version_id = $1 AND facet = 'all';

-- name: reaches_in
-- Every source, or every annotator of these cohorts.
SELECT id, cohort, items FROM reaches WHERE kind = $1 AND cohort = ANY ($2::text[]);

-- name: size_of_reaches
-- Of all of a kind, or of one. Grows with every item that is reached.
SELECT count(*) AS parts, coalesce(sum(count), 0)::bigint AS items FROM reaches
WHERE kind = $1 AND ($2::text IS NULL OR id = $2);
