-- name: steps
-- The way from a version back to an ancestor, parent by parent, the shortest one.
WITH RECURSIVE walked (version_id, way) AS (
    SELECT $1::text, ARRAY[$1::text]
    UNION ALL
    SELECT step.parent_id, way || step.parent_id
    FROM walked CROSS JOIN LATERAL (
        SELECT (named ->> 'dataset') || '@' || (named ->> 'version') AS parent_id
        FROM versions CROSS JOIN jsonb_array_elements(parents) AS named
        WHERE versions.version_id = walked.version_id
    ) AS step
    JOIN versions AS parent ON parent.version_id = step.parent_id AND parent.hash IS NOT NULL
    WHERE step.parent_id <> ALL (way)
)
SELECT way FROM walked WHERE version_id = $2 ORDER BY cardinality(way), way LIMIT 1;

-- name: rows_in_two_versions
-- Rows of items that two versions hold differently; either side is missing when only one holds it.
SELECT ordinal, ordinals.item_id, earlier.value AS value_before, earlier.cohorts AS cohorts_before,
       later.value AS value_after, later.cohorts AS cohorts_after,
       coalesce(later.slices, earlier.slices) AS slices,
       ARRAY (SELECT DISTINCT gave.from_id
              FROM edges AS counted
              JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = counted.from_id
                  AND gave.from_kind = 'annotator'
              WHERE counted.to_kind = 'consensus' AND counted.from_kind = 'label'
                AND counted.to_id = coalesce(later.consensus_id, earlier.consensus_id)
              ORDER BY gave.from_id) AS annotators
FROM ordinals
LEFT JOIN version_rows AS earlier
    ON earlier.version_id = $1 AND earlier.item_id = ordinals.item_id
LEFT JOIN version_rows AS later
    ON later.version_id = $2 AND later.item_id = ordinals.item_id
WHERE ordinal = ANY ($3::bigint[])
ORDER BY ordinals.item_id COLLATE "C";

-- name: really_differing
-- Of these items, those that two versions hold with another row: a label may have gone and come back.
SELECT ordinal FROM ordinals
JOIN version_rows AS earlier
    ON earlier.version_id = $1 AND earlier.item_id = ordinals.item_id
JOIN version_rows AS later
    ON later.version_id = $2 AND later.item_id = ordinals.item_id
WHERE ordinal = ANY ($3::bigint[]) AND earlier.row_hash <> later.row_hash;
