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

-- name: composition
-- How many rows share slices and cohort; a row that several cohorts labelled counts once, under all
-- of their names.
SELECT value::jsonb -> 'slices' AS slices,
       (SELECT string_agg(name, ' + ' ORDER BY place)
        FROM jsonb_array_elements_text(value::jsonb -> 'cohorts') WITH ORDINALITY AS one (name, place)
       ) AS cohort, items
FROM marginals WHERE version_id = $1 AND facet = 'stratum'
ORDER BY slices, cohort;
