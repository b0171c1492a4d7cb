-- name: add_contents
-- $1 projects, $2 content hashes, $3 times and $4 ids of the first item, $5 places in the segment,
-- -1 without bands; $6 projects of the segments, $7 their hashes and $8 their bands. The caller
-- holds the projects' locks, so that numbers are in the order of commits.
WITH segments AS (
    INSERT INTO band_segments (project, number, hashes, bands)
    SELECT project, coalesce(
            (SELECT max(number) FROM band_segments AS known WHERE known.project = given.project), 0
        ) + 1, hashes, bands
    FROM unnest($6::text[], $7::bytea[], $8::bytea[]) AS given (project, hashes, bands)
    RETURNING project, number
)
INSERT INTO contents (project, content_hash, first_at, first_item, place, segment)
SELECT project, content_hash, first_at, first_item, place, CASE WHEN place >= 0 THEN number END
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::integer[])
    AS given (project, content_hash, first_at, first_item, place)
LEFT JOIN segments USING (project)

-- name: get_contents
-- $1 projects, $2 content hashes.
SELECT project, content_hash, first_at, first_item, held_by
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN contents USING (project, content_hash)

-- name: get_relevant_contents
-- $1 projects, $2 content hashes, $3 contents that they may resemble, $4 since when a later one may
-- be concerned. Those that matter to them: accepted ones, ones held by them, later ones.
SELECT project, content_hash, first_at, first_item, held_by
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN contents USING (project, content_hash)
WHERE first_at IS NOT NULL
    AND (held_by IS NULL OR held_by = ANY ($3::text[]) OR first_at >= $4)

-- name: save_contents
-- $1 projects, $2 content hashes, $3 times and $4 ids of the first item, $5 what holds them back.
UPDATE contents SET first_at = standing.first_at, first_item = standing.first_item,
    held_by = standing.held_by
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    AS standing (project, content_hash, first_at, first_item, held_by)
WHERE contents.project = standing.project AND contents.content_hash = standing.content_hash

-- name: drop_contents
-- $1 projects, $2 content hashes; those that no item has any more. Their bands stay in the index,
-- where they lead to nothing.
DELETE FROM contents
USING unnest($1::text[], $2::text[]) AS given (project, content_hash)
WHERE contents.project = given.project AND contents.content_hash = given.content_hash
    AND NOT EXISTS (
        SELECT FROM items
        WHERE items.project = given.project AND items.content_hash = given.content_hash
    )

-- name: get_texts
-- $1 projects, $2 content hashes; any text of each.
SELECT DISTINCT ON (project, content_hash) project, content_hash, text
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN items USING (project, content_hash)
WHERE text IS NOT NULL
