-- name: sealed_versions
SELECT * FROM versions WHERE hash IS NOT NULL AND ($1::text IS NULL OR dataset = $1)
ORDER BY dataset, version;

-- name: project_of_version
SELECT project FROM versions WHERE version_id = $1 AND hash IS NOT NULL;

-- name: proven_rows
-- A page of a sealed version's rows after an item id, each with what stands behind it.
SELECT content.item_id, content.value, content.cohorts, content.slices, content.row_hash,
       content.release_id, item_contents.text, item_contents.uri, item_contents.media_type,
       EXISTS (SELECT FROM tombstones WHERE tombstones.item_id = content.item_id) AS erased,
       (SELECT attributes FROM facts
        WHERE (kind, id, aspect) = ('item', content.item_id, 'accepted')) AS accepted,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', provided.from_id,
                   'registered', (SELECT attributes FROM facts
                                  WHERE (kind, id, aspect)
                                      = ('source', provided.from_id, 'registered')),
                   'suspended', EXISTS (SELECT FROM facts
                                        WHERE (kind, id, aspect)
                                            = ('source', provided.from_id, 'suspended'))
               ) ORDER BY provided.from_id), '[]')
        FROM edges AS provided
        WHERE provided.to_kind = 'item' AND provided.to_id = content.item_id
          AND provided.from_kind = 'source') AS sources,
       ARRAY (SELECT DISTINCT gave.from_id
              FROM edges AS counted
              JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = counted.from_id
                  AND gave.from_kind = 'annotator'
              WHERE counted.to_kind = 'consensus' AND counted.to_id = content.consensus_id
                AND counted.from_kind = 'label'
              ORDER BY gave.from_id) AS annotators,
       released.attributes AS released,
       (SELECT verdict.attributes FROM edges AS made
        JOIN facts AS verdict ON (verdict.kind, verdict.id, verdict.aspect)
            = ('batch', made.from_id, 'verdict')
        WHERE made.to_kind = 'release' AND made.to_id = content.release_id
          AND made.from_kind = 'batch' LIMIT 1) AS verdict
FROM (
    SELECT version_rows.* FROM version_rows JOIN versions USING (version_id)
    WHERE version_id = $1 AND hash IS NOT NULL AND item_id COLLATE "C" > $2
    ORDER BY item_id COLLATE "C" LIMIT $3
) AS content
LEFT JOIN item_contents USING (item_id)
LEFT JOIN facts AS released ON (released.kind, released.id, released.aspect)
    = ('release', content.release_id, 'released')
ORDER BY content.item_id COLLATE "C";

-- name: rows_to_verify
SELECT item_id, value, cohorts, slices, row_hash,
       value = '' AND EXISTS (SELECT FROM tombstones
                              WHERE tombstones.item_id = version_rows.item_id) AS emptied
FROM version_rows WHERE version_id = $1;
