-- name: add_build
-- A version whose rows are all known: those that it has, those of its batches as they are now, those
-- of its parent.
INSERT INTO builds (version_id, rows, event_id, correlation_id, traceparent)
SELECT version_id,
       (SELECT count(*) FROM version_rows WHERE version_rows.version_id = versions.version_id)
       + (SELECT coalesce(sum(jsonb_array_length(batches.items)), 0) FROM batches
          WHERE batch_id = ANY (versions.batch_ids))
       + (SELECT coalesce(sum(parent.items), 0) FROM versions AS parent
          WHERE versions.origin = 'built' AND parent.version_id = $5),
       $2, $3, $4
FROM versions WHERE version_id = $1
RETURNING rows;

-- name: add_build_batches
INSERT INTO build_batches (version_id, place, batch_id, revision, items)
SELECT version_id, place, batches.batch_id, revision, batches.items
FROM versions CROSS JOIN unnest(batch_ids) WITH ORDINALITY AS named (batch_id, place)
JOIN batches ON batches.batch_id = named.batch_id
WHERE version_id = $1;

-- name: builds
SELECT version_id, event_id, correlation_id, traceparent FROM builds ORDER BY version_id;

-- name: build
-- One member of the group takes a step at a time; another one finds nothing.
SELECT builds.*, versions.project, versions.origin, versions.recipe, versions.decision_id,
       CASE origin WHEN 'built' THEN (parents -> 0 ->> 'dataset') || '@' || (parents -> 0 ->> 'version')
       END AS parent_id
FROM builds JOIN versions USING (version_id)
WHERE version_id = $1 FOR UPDATE OF builds SKIP LOCKED;

-- name: last_batches
-- The batches that come in next, about $2 rows of them: the last named ones, since they win.
DELETE FROM build_batches USING (
    SELECT place, sum(jsonb_array_length(items)) OVER (ORDER BY place DESC) AS rows, items
    FROM build_batches WHERE version_id = $1
) AS counted
WHERE version_id = $1 AND build_batches.place = counted.place
  AND rows - jsonb_array_length(counted.items) < $2
RETURNING build_batches.place, batch_id, revision, build_batches.items;

-- name: add_ordinals_of_version
INSERT INTO ordinals (item_id)
SELECT item_id FROM version_rows
WHERE version_id = $1
  AND NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = version_rows.item_id)
ORDER BY item_id
ON CONFLICT (item_id) DO NOTHING;

-- name: ordinals_of_version
SELECT ordinal FROM version_rows JOIN ordinals USING (item_id) WHERE version_id = $1;

-- name: ordinals_erased
SELECT DISTINCT ordinal FROM tombstones JOIN ordinals USING (item_id);

-- name: candidates
-- What a recipe chooses from: the version's own rows, and the parent's under them.
SELECT ordinal, item_id, value, cohorts, slices FROM version_rows JOIN ordinals USING (item_id)
WHERE version_id = $1
UNION ALL
SELECT ordinal, item_id, value, cohorts, slices
FROM version_rows AS inherited JOIN ordinals USING (item_id)
WHERE version_id = $2 AND NOT EXISTS (
    SELECT FROM version_rows AS own WHERE own.version_id = $1 AND own.item_id = inherited.item_id
);

-- name: take_time
-- While a recipe chooses among millions of rows the transaction waits longer than it may otherwise.
SET LOCAL idle_in_transaction_session_timeout = '30min';

-- name: drop_rows
DELETE FROM version_rows USING ordinals
WHERE version_id = $1 AND version_rows.item_id = ordinals.item_id
  AND version_rows.item_id COLLATE "C" = ordinals.item_id
  AND ordinal = ANY ($2::bigint[]);

-- name: set_planned
UPDATE builds SET planned = true WHERE version_id = $1;

-- name: add_memberships
INSERT INTO memberships (version_id, facet, value, chunk, items)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::integer[], $5::bytea[]);

-- name: finished_parts
SELECT DISTINCT chunk FROM build_counts WHERE version_id = $1 AND facet = 'all';

-- name: inherit_rows
-- The parent's rows of these ordinals, where the version has none of its own. A version that is new
-- has no statistics: the item is compared under both collations, so that whichever index is taken
-- leads to one row and not to all of the version's.
INSERT INTO version_rows (version_id, item_id, value, cohorts, slices, row_hash, release_id,
                          consensus_id)
SELECT $1, wanted.item_id, value, cohorts, slices, row_hash, release_id, consensus_id
FROM (SELECT item_id FROM ordinals WHERE ordinal = ANY ($3::bigint[])) AS wanted
CROSS JOIN LATERAL (
    SELECT * FROM version_rows
    WHERE version_id = $2 AND item_id = wanted.item_id AND item_id COLLATE "C" = wanted.item_id
    OFFSET 0
) AS inherited
ON CONFLICT ON CONSTRAINT version_rows_key DO NOTHING;

-- name: members_by_stratum
-- The ordinals of rows that have slices, cohorts and release in common.
SELECT slices, cohorts, release_id, array_agg(ordinal) AS ordinals
FROM (SELECT ordinal, item_id FROM ordinals WHERE ordinal = ANY ($2::bigint[])) AS wanted
CROSS JOIN LATERAL (
    SELECT slices, cohorts, release_id FROM version_rows
    WHERE version_id = $1 AND item_id = wanted.item_id AND item_id COLLATE "C" = wanted.item_id
    OFFSET 0
) AS held
GROUP BY slices, cohorts, release_id;

-- name: add_counts
INSERT INTO build_counts (version_id, chunk, facet, value, items)
SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::integer[]);

-- name: relatives
-- The sealed parents and children of a version: which is the later, which the earlier.
SELECT child.version_id, parent.version_id AS parent_id,
       CASE $1 WHEN child.version_id THEN parent.version_id ELSE child.version_id END AS other_id
FROM versions AS child
CROSS JOIN LATERAL jsonb_array_elements(child.parents) AS named
JOIN versions AS parent
    ON parent.version_id = (named ->> 'dataset') || '@' || (named ->> 'version')
WHERE (child.version_id = $1 AND parent.hash IS NOT NULL)
   OR (parent.version_id = $1 AND child.hash IS NOT NULL)
ORDER BY child.version_id, parent.version_id;

-- name: compared_parts
SELECT chunk FROM changes WHERE version_id = $1 AND parent_id = $2;

-- name: differing
-- Of items that two versions hold, those whose row is not the same.
SELECT ordinal
FROM (SELECT ordinal, item_id FROM ordinals WHERE ordinal = ANY ($3::bigint[])) AS wanted
CROSS JOIN LATERAL (
    SELECT row_hash FROM version_rows
    WHERE version_id = $1 AND item_id = wanted.item_id AND item_id COLLATE "C" = wanted.item_id
    OFFSET 0
) AS later
CROSS JOIN LATERAL (
    SELECT row_hash FROM version_rows
    WHERE version_id = $2 AND item_id = wanted.item_id AND item_id COLLATE "C" = wanted.item_id
    OFFSET 0
) AS earlier
WHERE later.row_hash <> earlier.row_hash;

-- name: add_changes
INSERT INTO changes (version_id, parent_id, chunk, items)
SELECT $1, $2, * FROM unnest($3::integer[], $4::bytea[]);

-- name: set_hash
-- The content hash: SHA-256 over the rows' own hashes in ascending order, so that the order in
-- which rows came does not matter.
UPDATE builds SET hash = content.hash, items = content.items
FROM (
    SELECT encode(sha256(coalesce(string_agg(row_hash, ''::bytea ORDER BY row_hash), ''::bytea)),
                  'hex') AS hash,
           count(*)::integer AS items
    FROM version_rows WHERE version_id = $1
) AS content
WHERE builds.version_id = $1;

-- name: undo_parts
-- Parts that lost rows are made again.
WITH undone AS (
    DELETE FROM memberships WHERE version_id = $1 AND chunk = ANY ($2::integer[])
), uncounted AS (
    DELETE FROM build_counts WHERE version_id = $1 AND chunk = ANY ($2::integer[])
), uncompared AS (
    DELETE FROM changes WHERE $1 IN (version_id, parent_id) AND chunk = ANY ($2::integer[])
)
UPDATE builds SET hash = NULL, items = NULL WHERE version_id = $1;

-- name: sum_counts
INSERT INTO marginals (version_id, facet, value, items)
SELECT version_id, facet, value, sum(items) FROM build_counts
WHERE version_id = $1 GROUP BY version_id, facet, value;

-- name: seal
WITH built AS (
    DELETE FROM builds WHERE version_id = $1 RETURNING hash, items
), counted AS (
    DELETE FROM build_counts WHERE version_id = $1
)
UPDATE versions SET hash = built.hash, items = built.items FROM built WHERE version_id = $1;

-- name: publish_decision
UPDATE decisions SET state = 'published', reason = '' WHERE decision_id = $1;

-- name: named_under
-- The names of a facet's values in a sealed version.
SELECT value FROM marginals WHERE version_id = $1 AND facet = $2 ORDER BY value;
