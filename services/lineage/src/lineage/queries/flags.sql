-- name: suspicions
-- Sources and annotators with their standing, vendors that took labels back, subjects that were
-- erased; those of these names, or all that are wrong or flagged.
WITH standing AS (
    SELECT 'source_suspended' AS cause, id AS about, true AS active FROM facts
    WHERE kind = 'source' AND aspect = 'suspended' AND ($1::text[] IS NULL OR id = ANY ($1))
    UNION ALL
    SELECT 'annotator_suspended', id, (attributes ->> 'suspended')::boolean FROM facts
    WHERE kind = 'annotator' AND aspect = 'standing' AND ($1::text[] IS NULL OR id = ANY ($1))
      AND ((attributes ->> 'suspended')::boolean
           OR EXISTS (SELECT FROM flags WHERE (cause, about) = ('annotator_suspended', id)))
    UNION ALL
    SELECT DISTINCT 'erasure', subject, true FROM tombstones
    WHERE $1::text[] IS NULL OR subject = ANY ($1)
    UNION ALL
    SELECT DISTINCT 'labels_withdrawn', split_part(gave.from_id, '/', 1), true
    FROM facts JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = facts.id
        AND gave.from_kind = 'annotator'
    WHERE facts.kind = 'label' AND aspect = 'accepted' AND (attributes ->> 'withdrawn')::boolean
      AND ($1::text[] IS NULL OR split_part(gave.from_id, '/', 1) = ANY ($1))
)
SELECT * FROM standing
UNION ALL
SELECT DISTINCT cause, about, false FROM flags
WHERE cause = 'labels_withdrawn' AND ($1::text[] IS NULL OR about = ANY ($1))
  AND about NOT IN (SELECT about FROM standing WHERE standing.cause = 'labels_withdrawn')
ORDER BY cause, about;

-- name: guidelines_of_projects
SELECT id FROM facts WHERE kind = 'guideline' AND aspect = 'published'
  AND ($1::text[] IS NULL OR regexp_replace(id, '/[^/]*$', '') = ANY ($1));

-- name: rows_erased
SELECT version_id, count(*)::integer AS items
FROM tombstones JOIN version_rows USING (item_id) JOIN versions USING (version_id)
WHERE subject = $1 AND hash IS NOT NULL GROUP BY version_id;

-- name: rows_withdrawn
-- Rows whose consensus counted a label that its vendor ($1) took back since.
SELECT version_id, count(DISTINCT version_rows.item_id)::integer AS items
FROM facts
JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = facts.id
    AND gave.from_kind = 'annotator' AND split_part(gave.from_id, '/', 1) = $1
JOIN edges AS counted ON counted.from_kind = 'label' AND counted.from_id = facts.id
    AND counted.to_kind = 'consensus'
JOIN version_rows ON version_rows.consensus_id = counted.to_id
JOIN versions USING (version_id)
WHERE facts.kind = 'label' AND facts.aspect = 'accepted'
  AND (facts.attributes ->> 'withdrawn')::boolean AND hash IS NOT NULL
GROUP BY version_id;

-- name: tell_flags
-- Keep how many items of each version are wrong for this reason, 0 for those that no longer are;
-- returns what is news.
WITH counted AS (
    SELECT version_id, items FROM unnest($3::text[], $4::integer[]) AS one (version_id, items)
    UNION ALL
    SELECT version_id, 0 FROM flags
    WHERE cause = $1 AND about = $2 AND items > 0 AND version_id <> ALL ($3)
), told AS (
    INSERT INTO flags (version_id, cause, about, items)
    SELECT version_id, $1, $2, items FROM counted ORDER BY version_id
    ON CONFLICT ON CONSTRAINT flags_key DO UPDATE SET items = excluded.items
    WHERE flags.items <> excluded.items
    RETURNING version_id, items
)
SELECT version_id, dataset, version, project, told.items
FROM told JOIN versions USING (version_id) ORDER BY version_id;

-- name: raised_flags
SELECT version_id, cause, about, flags.items FROM flags JOIN versions USING (version_id)
WHERE flags.items > 0 AND ($1::text IS NULL OR dataset = $1)
ORDER BY dataset, version, cause, about;

-- name: lock_standing_shared
SELECT pg_advisory_xact_lock_shared(hashtext('lineage.standing'), key)
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS keys;

-- name: lock_standing_alone
SELECT pg_advisory_xact_lock(hashtext('lineage.standing'), key)
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS keys;
