-- name: propose_successors
-- Hold for every subject whose items the newest version of a dataset has that this should not stay
-- so; returns what is news. Nothing here says when: the proposals follow from tombstones and versions.
-- $1: the subjects that this may have changed for, or null for all.
WITH newest AS (
    SELECT DISTINCT ON (dataset) version_id, dataset, version, project FROM versions
    WHERE hash IS NOT NULL ORDER BY dataset, version DESC
), called_for AS (
    SELECT subject, version_id, count(*)::integer AS items
    FROM tombstones JOIN version_rows USING (item_id) JOIN newest USING (version_id)
    WHERE $1::text[] IS NULL OR subject = ANY ($1)
    GROUP BY subject, version_id
), answered AS (
    DELETE FROM proposals WHERE version_id NOT IN (SELECT version_id FROM newest)
), told AS (
    INSERT INTO proposals (subject, version_id, items)
    SELECT subject, version_id, items FROM called_for ORDER BY subject, version_id
    ON CONFLICT ON CONSTRAINT proposals_key DO UPDATE SET items = excluded.items
    WHERE proposals.items <> excluded.items
    RETURNING subject, version_id, items
)
SELECT subject, dataset, version AS parent_version, project, items
FROM told JOIN newest USING (version_id) ORDER BY dataset, subject;

-- name: open_proposals
SELECT subject, dataset, version AS parent_version, project, proposals.items
FROM proposals JOIN versions USING (version_id)
WHERE $1::text IS NULL OR dataset = $1 ORDER BY dataset, subject;
