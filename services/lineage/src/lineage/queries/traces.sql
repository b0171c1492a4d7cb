-- name: is_known
SELECT EXISTS (SELECT FROM facts WHERE kind = $1 AND id = $2)
    OR EXISTS (SELECT FROM links WHERE from_kind = $1 AND from_id = $2)
    OR EXISTS (SELECT FROM links WHERE to_kind = $1 AND to_id = $2);

-- name: trace_forward
-- Everything that a node led to. UNION visits a node at most twice (as content, as reason), which
-- also ends cycles. Per kind: how many, and the first $3 of them with what is known.
WITH RECURSIVE reached (kind, id, material) AS (
    VALUES ($1::text, $2::text, true)
    UNION
    SELECT link.to_kind, link.to_id, reached.material AND link.material
    FROM reached CROSS JOIN LATERAL (
        SELECT to_kind, to_id, material FROM links
        WHERE from_kind = reached.kind AND from_id = reached.id OFFSET 0
    ) AS link
),
nodes AS (SELECT kind, id, bool_or(material) AS material FROM reached GROUP BY kind, id),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY material DESC, id) AS place,
           count(*) OVER (PARTITION BY kind) AS total
    FROM nodes
)
SELECT kind, id, material, total,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = ranked.kind AND facts.id = ranked.id) AS attributes
FROM ranked WHERE place <= $3 ORDER BY kind, place;

-- name: trace_backward
-- Everything that led to a node; see trace_forward.
WITH RECURSIVE reached (kind, id, material) AS (
    VALUES ($1::text, $2::text, true)
    UNION
    SELECT link.from_kind, link.from_id, reached.material AND link.material
    FROM reached CROSS JOIN LATERAL (
        SELECT from_kind, from_id, material FROM links
        WHERE to_kind = reached.kind AND to_id = reached.id OFFSET 0
    ) AS link
),
nodes AS (SELECT kind, id, bool_or(material) AS material FROM reached GROUP BY kind, id),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY material DESC, id) AS place,
           count(*) OVER (PARTITION BY kind) AS total
    FROM nodes
)
SELECT kind, id, material, total,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = ranked.kind AND facts.id = ranked.id) AS attributes
FROM ranked WHERE place <= $3 ORDER BY kind, place;

-- name: links_between
-- The links among these nodes.
SELECT link.* FROM unnest($1::text[], $2::text[]) AS node (kind, id)
CROSS JOIN LATERAL (
    SELECT * FROM links WHERE from_kind = node.kind AND from_id = node.id OFFSET 0
) AS link
WHERE (link.to_kind, link.to_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY link.from_kind, link.from_id, link.relation, link.to_kind, link.to_id;
