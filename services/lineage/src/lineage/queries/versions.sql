-- name: version
SELECT * FROM versions WHERE version_id = $1;

-- name: add_version
INSERT INTO versions (version_id, dataset, version, project, origin, chunks, parents, batch_ids,
                      remediation_ids, decision_id, recipe)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)
ON CONFLICT (version_id) DO NOTHING;

-- name: add_chunk
INSERT INTO version_chunks (version_id, chunk, digest) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT version_chunks_key DO NOTHING
RETURNING chunk;

-- name: chunk_digest
SELECT digest FROM version_chunks WHERE version_id = $1 AND chunk = $2;

-- name: count_chunks
SELECT count(*) FROM version_chunks WHERE version_id = $1;

-- name: add_rows
-- Returns the items that were new; an item that is there already says so by its absence.
INSERT INTO version_rows (version_id, item_id, value, cohorts, slices, row_hash, release_id,
                          consensus_id)
SELECT $1, item_id, value, ARRAY (SELECT jsonb_array_elements_text(cohorts::jsonb)), slices::jsonb,
       row_hash, release_id, consensus_id
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[])
    AS added (item_id, value, cohorts, slices, row_hash, release_id, consensus_id)
ON CONFLICT ON CONSTRAINT version_rows_key DO NOTHING
RETURNING item_id;

-- name: inherit_rows
-- All of the parent's rows whose item has no row of its own in the new version.
INSERT INTO version_rows (version_id, item_id, value, cohorts, slices, row_hash, release_id,
                          consensus_id)
SELECT $1, item_id, value, cohorts, slices, row_hash, release_id, consensus_id
FROM version_rows WHERE version_id = $2
ON CONFLICT ON CONSTRAINT version_rows_key DO NOTHING;

-- name: seal_version
-- The content hash: SHA-256 over the rows' own hashes in ascending order, so that the order in
-- which rows came does not matter.
UPDATE versions SET hash = content.hash, items = content.items
FROM (
    SELECT encode(sha256(coalesce(string_agg(row_hash, ''::bytea ORDER BY row_hash), ''::bytea)),
                  'hex') AS hash,
           count(*)::integer AS items
    FROM version_rows WHERE version_id = $1
) AS content
WHERE versions.version_id = $1
RETURNING versions.*;

-- name: composition
-- How many rows share slices and cohort; a row that several cohorts labelled counts once, under all
-- of their names.
SELECT value::jsonb -> 'slices' AS slices,
       (SELECT string_agg(name, ' + ' ORDER BY place)
        FROM jsonb_array_elements_text(value::jsonb -> 'cohorts') WITH ORDINALITY AS one (name, place)
       ) AS cohort, items
FROM marginals WHERE version_id = $1 AND facet = 'stratum'
ORDER BY slices, cohort;

-- name: origins
-- The releases and the cohorts that a version's rows come from.
SELECT ARRAY (
           SELECT DISTINCT release_id FROM version_rows
           WHERE version_id = $1 AND release_id IS NOT NULL ORDER BY 1
       ) AS releases,
       ARRAY (
           SELECT DISTINCT unnest(cohorts) FROM version_rows WHERE version_id = $1 ORDER BY 1
       ) AS cohorts;

-- name: unsealed_rows
SELECT item_id, value, cohorts, slices FROM version_rows WHERE version_id = $1;

-- name: drop_rows
DELETE FROM version_rows WHERE version_id = $1 AND item_id = ANY ($2::text[]);

-- name: drop_erased
DELETE FROM version_rows USING tombstones
WHERE version_id = $1 AND tombstones.item_id = version_rows.item_id;
