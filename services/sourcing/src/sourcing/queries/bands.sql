-- name: read_segments
-- $1 project, $2 number of the last segment read, $3 how many. That one comes without its content.
SELECT number, written_in::text, written_in = pg_current_xact_id() AS own,
    CASE WHEN number > $2 THEN hashes ELSE '' END AS hashes,
    CASE WHEN number > $2 THEN bands ELSE '' END AS bands
FROM band_segments
WHERE project = $1 AND number >= $2
ORDER BY number LIMIT $3

-- name: get_bands
-- $1 projects, $2 content hashes. Stored uncompressed, a piece of a segment is read by itself.
SELECT contents.project, content_hash, substr(band_segments.bands, 1 + 112 * place, 112) AS bands
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN contents USING (project, content_hash)
JOIN band_segments ON band_segments.project = contents.project AND number = segment

-- name: find_unsigned
SELECT project FROM contents WHERE place IS NULL LIMIT 1

-- name: list_unsigned
-- $1 project, $2 how many.
SELECT project, content_hash FROM contents WHERE place IS NULL AND project = $1 LIMIT $2

-- name: sign_contents
-- $1 projects, $2 content hashes, $3 places in the segment, -1 without bands; $4 projects of the
-- segments, $5 their hashes and $6 their bands; see add_contents.
WITH segments AS (
    INSERT INTO band_segments (project, number, hashes, bands)
    SELECT project, coalesce(
            (SELECT max(number) FROM band_segments AS known WHERE known.project = given.project), 0
        ) + 1, hashes, bands
    FROM unnest($4::text[], $5::bytea[], $6::bytea[]) AS given (project, hashes, bands)
    RETURNING project, number
)
UPDATE contents SET place = given.place, segment = CASE WHEN given.place >= 0 THEN number END
FROM unnest($1::text[], $2::text[], $3::integer[]) AS given (project, content_hash, place)
LEFT JOIN segments USING (project)
WHERE contents.project = given.project AND contents.content_hash = given.content_hash
