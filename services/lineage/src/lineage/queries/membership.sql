-- name: add_ordinals
INSERT INTO ordinals (item_id)
SELECT item_id FROM unnest($1::text[]) AS wanted (item_id)
WHERE NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = wanted.item_id)
ON CONFLICT (item_id) DO NOTHING;

-- name: ordinals
SELECT item_id, ordinal FROM ordinals WHERE item_id = ANY ($1::text[]);

-- name: add_ordinals_of_version
INSERT INTO ordinals (item_id)
SELECT item_id FROM version_rows
WHERE version_id = $1
  AND NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = version_rows.item_id)
ORDER BY item_id
ON CONFLICT (item_id) DO NOTHING;

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

-- name: members_by_facet
-- The ordinals of a version's rows under every value of every facet that its rows say.
SELECT facet, said.value, array_agg(ordinal) AS ordinals
FROM version_rows JOIN ordinals USING (item_id)
CROSS JOIN LATERAL (
    SELECT 'all', ''
    UNION ALL SELECT 'cohort', unnest(cohorts)
    UNION ALL SELECT 'release', release_id WHERE release_id IS NOT NULL
    UNION ALL SELECT 'slice', key || '=' || slice.value FROM jsonb_each_text(slices) AS slice
) AS said (facet, value)
WHERE version_id = $1 GROUP BY facet, said.value;

-- name: add_membership
INSERT INTO memberships (version_id, facet, value, chunk, items) VALUES ($1, $2, $3, $4, $5);

-- name: add_marginals
INSERT INTO marginals (version_id, facet, value, items)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::integer[]);

-- name: add_strata
INSERT INTO marginals (version_id, facet, value, items)
SELECT version_id, 'stratum', jsonb_build_object('slices', slices, 'cohorts', cohorts)::text,
       count(*)
FROM version_rows WHERE version_id = $1 GROUP BY version_id, slices, cohorts;

-- name: relatives
-- A version and its parents, and its children, as far as both are sealed.
SELECT child.version_id, parent.version_id AS parent_id
FROM versions AS child
CROSS JOIN LATERAL jsonb_array_elements(child.parents) AS named
JOIN versions AS parent
    ON parent.version_id = (named ->> 'dataset') || '@' || (named ->> 'version')
WHERE child.hash IS NOT NULL AND parent.hash IS NOT NULL
  AND $1 IN (child.version_id, parent.version_id);

-- name: changed_items
SELECT ordinal FROM (
    SELECT coalesce(later.item_id, earlier.item_id) AS item_id
    FROM (SELECT item_id, row_hash FROM version_rows WHERE version_id = $1) AS later
    FULL JOIN (SELECT item_id, row_hash FROM version_rows WHERE version_id = $2) AS earlier
        USING (item_id)
    WHERE later.row_hash IS DISTINCT FROM earlier.row_hash
) AS differing
JOIN ordinals USING (item_id);

-- name: add_changes
INSERT INTO changes (version_id, parent_id, chunk, items)
SELECT $1, $2, * FROM unnest($3::integer[], $4::bytea[])
ON CONFLICT ON CONSTRAINT changes_key DO NOTHING;

-- name: changed
SELECT items FROM changes WHERE version_id = $1 AND parent_id = $2;

-- name: reached
SELECT cohort AS name, items FROM reaches WHERE kind = $1 AND id = $2;

-- name: members
SELECT value AS name, items FROM memberships
WHERE version_id = $1 AND facet = $2 AND ($3::text[] IS NULL OR value = ANY ($3));

-- name: reaches_in
-- Every source, or every annotator of these cohorts.
SELECT id, cohort, items FROM reaches WHERE kind = $1 AND cohort = ANY ($2::text[]);

-- name: size_of_reaches
-- Of all of a kind, or of one. Grows with every item that is reached.
SELECT count(*) AS parts, coalesce(sum(count), 0)::bigint AS items FROM reaches
WHERE kind = $1 AND ($2::text IS NULL OR id = $2);
