-- name: put_coverage
-- The latest word counts. Returns the projects of which it says something else than before.
WITH before AS (SELECT * FROM coverage WHERE project = ANY ($1::text[])), written AS (
    INSERT INTO coverage AS known (project, measured_at, verdict, population_stability_index)
    SELECT DISTINCT ON (project) *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[])
        AS given (project, measured_at, verdict, population_stability_index)
    ORDER BY project, measured_at COLLATE "C" DESC, verdict COLLATE "C" DESC,
        coalesce(population_stability_index, -1) DESC
    ON CONFLICT (project) DO UPDATE
    SET measured_at = excluded.measured_at, verdict = excluded.verdict,
        population_stability_index = excluded.population_stability_index
    WHERE (known.measured_at, known.verdict COLLATE "C",
            coalesce(known.population_stability_index, -1))
        < (excluded.measured_at, excluded.verdict,
            coalesce(excluded.population_stability_index, -1))
    RETURNING project, verdict, population_stability_index
)
SELECT project FROM written LEFT JOIN before USING (project)
WHERE (written.verdict, written.population_stability_index)
    IS DISTINCT FROM (before.verdict, before.population_stability_index)

-- name: put_item_gates
-- An item is held back by a gate, or let in after all. Returns the items for which that is new.
INSERT INTO item_gates AS known (project, item_id, gate, quarantined, released)
SELECT project, item_id, gate, bool_or(quarantined), bool_or(NOT quarantined)
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
    AS given (project, item_id, gate, quarantined)
GROUP BY project, item_id, gate
ORDER BY project, item_id, gate
ON CONFLICT (project, item_id, gate) DO UPDATE
SET quarantined = known.quarantined OR excluded.quarantined,
    released = known.released OR excluded.released
WHERE excluded.quarantined AND NOT known.quarantined OR excluded.released AND NOT known.released
RETURNING project, item_id

-- name: count_quarantined
-- How many items of the given batches are held back, by gate.
SELECT batch_id, gate, count(DISTINCT item_id) AS items
FROM tasks JOIN item_gates USING (project, item_id)
WHERE batch_id = ANY ($1::text[]) AND quarantined AND NOT released
GROUP BY batch_id, gate
