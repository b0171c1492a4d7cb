-- name: add_contents
-- $1 projects, $2 content hashes, $3 times and $4 ids of the first item, $5 the bands of all in one
-- array, $6 where in it those of each content end and $7 how many they are: arrays in text cost
-- as much to read as the row to write. Returns those that were there before, share a band and
-- matter, as list_neighbours does: a statement does not see what it writes itself.
-- With its standing, because a row that is written and then moved by an update takes its 14 entries
-- in the index twice.
WITH given AS MATERIALIZED (
    SELECT project, content_hash, first_at, first_item,
        ($5::bigint[])[ends - count + 1 : ends] AS bands
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $6::integer[], $7::integer[])
        AS given (project, content_hash, first_at, first_item, ends, count)
), added AS (
    INSERT INTO contents (project, content_hash, first_at, first_item, bands)
    SELECT project, content_hash, first_at, first_item, bands FROM given
)
SELECT given.project, given.content_hash, other.content_hash AS neighbour,
    other.first_at, other.first_item, other.held_by
FROM given
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT * FROM contents WHERE contents.bands && given.bands OFFSET 0
    ) AS sharing
    WHERE sharing.project = given.project AND sharing.first_at IS NOT NULL
        AND (sharing.held_by IS NULL OR sharing.first_at >= given.first_at)
) AS other
WHERE given.first_at IS NOT NULL

-- name: get_contents
-- $1 projects, $2 content hashes.
SELECT project, content_hash, first_at, first_item, held_by
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN contents USING (project, content_hash)

-- name: save_contents
-- $1 projects, $2 content hashes, $3 times and $4 ids of the first item, $5 what holds them back.
UPDATE contents SET first_at = standing.first_at, first_item = standing.first_item,
    held_by = standing.held_by
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    AS standing (project, content_hash, first_at, first_item, held_by)
WHERE contents.project = standing.project AND contents.content_hash = standing.content_hash

-- name: drop_contents
-- $1 projects, $2 content hashes; those that no item has any more.
DELETE FROM contents
USING unnest($1::text[], $2::text[]) AS given (project, content_hash)
WHERE contents.project = given.project AND contents.content_hash = given.content_hash
    AND NOT EXISTS (
        SELECT FROM items
        WHERE items.project = given.project AND items.content_hash = given.content_hash
    )

-- name: list_neighbours
-- $1 projects, $2 content hashes, $3 since when a later content may be concerned. Contents that
-- share a band, as far as they matter: accepted ones, ones held by this one, later ones. OFFSET 0
-- keeps the project out of the choice of an index: it would be read whole, for every content.
SELECT mine.project, mine.content_hash, other.content_hash AS neighbour,
    other.first_at, other.first_item, other.held_by
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS wanted (project, content_hash, since)
JOIN contents AS mine USING (project, content_hash)
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT * FROM contents WHERE contents.bands && mine.bands OFFSET 0
    ) AS sharing
    WHERE sharing.project = mine.project
        AND sharing.content_hash <> mine.content_hash AND sharing.first_at IS NOT NULL
        AND (sharing.held_by IS NULL OR sharing.held_by = mine.content_hash
            OR sharing.first_at >= wanted.since)
) AS other

-- name: get_texts
-- $1 projects, $2 content hashes; any text of each.
SELECT DISTINCT ON (project, content_hash) project, content_hash, text
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN items USING (project, content_hash)
WHERE text IS NOT NULL
