-- name: list_standards
-- The standards in force in the given projects: the Accountable's latest decisions.
SELECT DISTINCT ON (project, standard) project, standard, value, decision_id
FROM standards JOIN projects USING (project)
WHERE project = ANY ($1::text[]) AND made_by = accountable
ORDER BY project, standard, made_at DESC, decision_id DESC

-- name: add_standards
-- Decisions never change. Returns the projects that have new ones.
INSERT INTO standards (decision_id, project, standard, value, made_by, made_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[],
    $6::timestamptz[])
ON CONFLICT (decision_id) DO NOTHING
RETURNING project

-- name: add_waivers
-- Decisions never change. Returns the batches, with the project named, that have new ones.
INSERT INTO waivers (decision_id, project, batch_id, check_name, made_by, made_at, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[], $7::timestamptz[])
ON CONFLICT (decision_id) DO NOTHING
RETURNING project, batch_id

-- name: list_waivers
-- The waivers in force of the given batches, given as (project, batch_id): the Accountable's
-- latest decisions, as long as they last. A later one takes an earlier one back, however short it is.
SELECT * FROM (
    SELECT DISTINCT ON (batch_id, check_name) batch_id, check_name, decision_id, expires_at
    FROM waivers JOIN projects USING (project)
    WHERE (project, batch_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        AND made_by = accountable
    ORDER BY batch_id, check_name, made_at DESC, decision_id DESC
) AS latest
WHERE expires_at > $3

-- name: list_lapsed
-- Batches whose verdict stands on a waiver that is over, with their projects.
SELECT DISTINCT batch_id, project FROM waivers
JOIN findings ON kind = 'batch' AND scope = batch_id AND subject = batch_id
WHERE expires_at <= $1
    AND payload->'checks' @> jsonb_build_array(jsonb_build_object('waiver', decision_id))
LIMIT 100
