-- name: told
-- When a version was decided or registered, and who is accountable for its project.
SELECT (SELECT max(event_time) FROM facts
        WHERE kind = 'dataset_version' AND id = $1 AND aspect IN ('registered', 'built'))
           AS published_at,
       (SELECT accountable FROM projects JOIN versions USING (project) WHERE version_id = $1)
           AS accountable,
       (SELECT attributes FROM facts
        WHERE (kind, id, aspect) = ('decision', versions.decision_id, 'recorded')) AS decision
FROM versions WHERE version_id = $1;

-- name: sources
SELECT provided.from_id AS id, count(*)::integer AS items,
       (SELECT attributes FROM facts
        WHERE (kind, id, aspect) = ('source', provided.from_id, 'registered')) AS registered,
       EXISTS (SELECT FROM facts
               WHERE (kind, id, aspect) = ('source', provided.from_id, 'suspended')) AS suspended
FROM version_rows
JOIN edges AS provided ON provided.to_kind = 'item' AND provided.to_id = version_rows.item_id
    AND provided.from_kind = 'source'
WHERE version_id = $1
GROUP BY provided.from_id ORDER BY items DESC, provided.from_id COLLATE "C";

-- name: contents
-- What is known of the rows' items: licences, media types, characters, and what is missing.
SELECT accepted.attributes ->> 'licence' AS licence, item_contents.media_type,
       count(*)::integer AS items, coalesce(sum(length(item_contents.text)), 0)::bigint AS characters,
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM edges WHERE to_kind = 'item' AND to_id = version_rows.item_id
               AND from_kind = 'source'))::integer AS unsourced,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM tombstones WHERE tombstones.item_id = version_rows.item_id))::integer AS erased
FROM version_rows
LEFT JOIN item_contents USING (item_id)
LEFT JOIN facts AS accepted ON (accepted.kind, accepted.id, accepted.aspect)
    = ('item', version_rows.item_id, 'accepted')
WHERE version_id = $1
GROUP BY 1, 2;

-- name: slices
SELECT dimension, slice AS value, count(*)::integer AS items
FROM version_rows CROSS JOIN LATERAL jsonb_each_text(slices) AS named (dimension, slice)
WHERE version_id = $1
GROUP BY dimension, slice ORDER BY dimension COLLATE "C", items DESC, slice COLLATE "C";

-- name: labels
-- The labels, commonest first; $2 of them, because free text has as many as rows.
SELECT value, count(*)::integer AS items FROM version_rows WHERE version_id = $1
GROUP BY value ORDER BY items DESC, value COLLATE "C" LIMIT $2;

-- name: cohorts
SELECT cohort AS value, count(*)::integer AS items
FROM version_rows CROSS JOIN LATERAL unnest(cohorts) AS cohort
WHERE version_id = $1
GROUP BY cohort ORDER BY items DESC, cohort COLLATE "C";

-- name: guidelines
SELECT named.id, facts.attributes
FROM unnest($1::text[]) AS named (id)
LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('guideline', named.id, 'published')
ORDER BY named.id COLLATE "C";

-- name: annotators
SELECT count(*)::integer AS annotators,
       count(*) FILTER (WHERE (standing.attributes ->> 'suspended')::boolean)::integer AS suspended
FROM (
    SELECT DISTINCT gave.from_id AS id
    FROM (SELECT DISTINCT consensus_id FROM version_rows
          WHERE version_id = $1 AND consensus_id IS NOT NULL) AS content
    JOIN edges AS counted ON counted.to_kind = 'consensus'
        AND counted.to_id = content.consensus_id AND counted.from_kind = 'label'
    JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = counted.from_id
        AND gave.from_kind = 'annotator'
) AS people
LEFT JOIN facts AS standing ON (standing.kind, standing.id, standing.aspect)
    = ('annotator', people.id, 'standing');

-- name: releases
SELECT content.release_id AS id, content.items, released.attributes AS released,
       (SELECT verdict.attributes FROM edges AS made
        JOIN facts AS verdict ON (verdict.kind, verdict.id, verdict.aspect)
            = ('batch', made.from_id, 'verdict')
        WHERE made.to_kind = 'release' AND made.to_id = content.release_id
          AND made.from_kind = 'batch' LIMIT 1) AS verdict
FROM (SELECT release_id, count(*)::integer AS items FROM version_rows
      WHERE version_id = $1 GROUP BY release_id) AS content
LEFT JOIN facts AS released ON (released.kind, released.id, released.aspect)
    = ('release', content.release_id, 'released')
ORDER BY content.release_id COLLATE "C";

-- name: held_back
-- Items of these sources that a gate refused and that were not accepted since.
SELECT refused.attributes ->> 'gate' AS value, count(*)::integer AS items
FROM edges AS provided
JOIN facts AS refused ON (refused.kind, refused.id, refused.aspect)
    = ('item', provided.to_id, 'quarantined')
WHERE provided.from_kind = 'source' AND provided.from_id = ANY ($1::text[])
  AND provided.to_kind = 'item'
  AND NOT EXISTS (SELECT FROM facts
                  WHERE (kind, id, aspect) = ('item', provided.to_id, 'accepted'))
GROUP BY 1 ORDER BY items DESC, (refused.attributes ->> 'gate') COLLATE "C";

-- name: remediations
SELECT named.id,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE kind = 'remediation' AND id = named.id) AS aspects
FROM unnest($1::text[]) AS named (id) ORDER BY named.id COLLATE "C";

-- name: trainings
SELECT used.to_id AS id, facts.attributes
FROM edges AS used
JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('training_run', used.to_id, 'completed')
WHERE used.from_kind = 'dataset_version' AND used.from_id = $1 AND used.to_kind = 'training_run'
ORDER BY used.to_id COLLATE "C";

-- name: flags
SELECT cause, about, items FROM flags WHERE version_id = $1
ORDER BY cause COLLATE "C", about COLLATE "C";
