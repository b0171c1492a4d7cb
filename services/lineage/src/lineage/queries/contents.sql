-- name: add_contents
-- Contents of items that are not erased; the highest (event_time, event_id) stays. A tombstone that
-- comes at this very moment waits for the items' lock (see lock_items).
INSERT INTO item_contents (item_id, text, uri, media_type, event_time, event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
    AS added (item_id, text, uri, media_type, event_time, event_id)
WHERE NOT EXISTS (SELECT FROM tombstones WHERE tombstones.item_id = added.item_id)
ON CONFLICT (item_id) DO UPDATE
SET text = excluded.text, uri = excluded.uri, media_type = excluded.media_type,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    > (item_contents.event_time, item_contents.event_id COLLATE "C");

-- name: lock_items
-- Contents and tombstones of one item are written one transaction at a time; in the order of keys,
-- so that two writers cannot wait for each other.
SELECT pg_advisory_xact_lock(hashtext('lineage.contents'), key)
FROM (SELECT DISTINCT hashtext(item_id) AS key FROM unnest($1::text[]) AS item_id ORDER BY 1) AS keys;

-- name: erase_items
-- Tombstones of a subject; the earliest time stays.
INSERT INTO tombstones (item_id, subject, project, erased_at)
SELECT item_id, $1, $2, $3 FROM unnest($4::text[]) AS item_id
ON CONFLICT ON CONSTRAINT tombstones_key DO NOTHING;

-- name: erase_contents
DELETE FROM item_contents WHERE item_id = ANY ($1::text[]) RETURNING item_id;

-- name: erased_texts
-- Of these items, or of all of these projects: the erased ones whose labels are texts.
SELECT item_id FROM tombstones JOIN projects USING (project)
WHERE label_kind = 'text' AND item_id = ANY ($1::text[])
UNION
SELECT item_id FROM tombstones JOIN projects USING (project)
WHERE label_kind = 'text' AND project = ANY ($2::text[]);

-- name: forget_texts
-- Labels that are texts go with the content of these items: from rows, facts and releases. Returns
-- how many rows and facts that were. Reads what is about these items alone: their consensus, whose
-- names lie between `first` and `last`, lead to the batches.
WITH gone AS MATERIALIZED (
    SELECT item_id, item_id || '#' AS first, item_id || '$' AS last
    FROM unnest($1::text[]) AS item_id
), emptied AS (
    UPDATE version_rows SET value = '' FROM gone
    WHERE version_rows.item_id = gone.item_id AND value <> '' RETURNING version_rows.item_id
), unlabelled AS (
    UPDATE facts SET attributes = jsonb_set(attributes, '{value}', '""')
    FROM gone
    JOIN edges AS asked ON asked.from_kind = 'item' AND asked.from_id = gone.item_id
        AND asked.to_kind = 'task'
    JOIN edges AS answered ON answered.from_kind = 'task' AND answered.from_id = asked.to_id
        AND answered.to_kind = 'label'
    WHERE kind = 'label' AND id = answered.to_id AND aspect = 'accepted'
      AND attributes ->> 'value' <> ''
    RETURNING id
), undecided AS (
    UPDATE facts SET attributes = jsonb_set(attributes, '{value}', '""')
    FROM gone
    WHERE kind = 'consensus' AND aspect = 'reached'
      AND id COLLATE "C" >= first AND id COLLATE "C" < last
      AND attributes ->> 'item_id' = gone.item_id AND attributes ->> 'value' <> ''
    RETURNING id
), unreleased AS (
    UPDATE batches SET items = (
        SELECT jsonb_agg(CASE WHEN one.item ->> 'item_id' IN (SELECT item_id FROM gone)
                              THEN one.item || '{"value": ""}' ELSE one.item END ORDER BY place)
        FROM jsonb_array_elements(items) WITH ORDINALITY AS one (item, place)
    )
    WHERE batch_id IN (
        SELECT regexp_replace(to_id, '#[^#]*$', '') FROM gone
        JOIN edges ON from_kind = 'consensus' AND relation = 'released_in'
            AND from_id COLLATE "C" >= first AND from_id COLLATE "C" < last
    ) AND EXISTS (
        SELECT FROM jsonb_array_elements(items) AS one
        WHERE one ->> 'item_id' IN (SELECT item_id FROM gone) AND one ->> 'value' <> ''
    )
)
SELECT (SELECT count(*) FROM emptied) + (SELECT count(*) FROM unlabelled)
     + (SELECT count(*) FROM undecided);

-- name: lock_texts_shared
SELECT pg_advisory_xact_lock_shared(hashtext('lineage.texts'));

-- name: lock_texts_alone
SELECT pg_advisory_xact_lock(hashtext('lineage.texts'));

-- name: await_parts
INSERT INTO erasures (request_id, services) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT erasures_key DO NOTHING;

-- name: awaited
SELECT services FROM erasures WHERE request_id = $1;

-- name: add_erasure_part
INSERT INTO erasure_parts (request_id, service, texts, dead_letters) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT erasure_parts_key DO NOTHING
RETURNING service;

-- name: erasure_parts
SELECT service, texts, dead_letters FROM erasure_parts WHERE request_id = $1 ORDER BY service;

-- name: count_erased
SELECT count(*) FROM tombstones WHERE subject = $1;

-- name: expire_contents
-- Look at a page of contents older than $1, after ($2, $3) in order of age, and take those away whose
-- item no version holds and no open batch asks about. A batch is closed by a version that was made of
-- it, or by QA's blocking it; a task whose batch is not known yet may be in an open one.
WITH page AS MATERIALIZED (
    SELECT event_time, item_id FROM item_contents
    WHERE event_time < $1 AND (event_time, item_id) > ($2, $3)
    ORDER BY event_time, item_id LIMIT $4
), gone AS (
    DELETE FROM item_contents USING page
    WHERE item_contents.item_id = page.item_id AND item_contents.event_time < $1
      AND NOT EXISTS (SELECT FROM version_rows WHERE version_rows.item_id = page.item_id)
      AND NOT EXISTS (
          SELECT FROM edges AS asked
          LEFT JOIN edges AS part ON part.to_kind = 'task' AND part.to_id = asked.to_id
              AND part.from_kind = 'batch'
          LEFT JOIN batches ON batches.batch_id = part.from_id
          WHERE asked.from_kind = 'item' AND asked.from_id = page.item_id AND asked.to_kind = 'task'
            AND batches.released IS NOT FALSE
            AND NOT EXISTS (SELECT FROM versions
                            WHERE hash IS NOT NULL AND part.from_id = ANY (versions.batch_ids))
      )
    RETURNING item_contents.item_id
)
SELECT event_time, item_id, (SELECT count(*) FROM gone) AS gone FROM page
ORDER BY event_time DESC, item_id DESC LIMIT 1;
