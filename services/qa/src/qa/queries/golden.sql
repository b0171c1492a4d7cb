-- name: put_golden_items
-- The latest definition of an item counts. Returns the items whose answer changed.
INSERT INTO golden_items AS known (project, item_id, value, defined_at)
SELECT DISTINCT ON (project, item_id) project, item_id, value, defined_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS given (project, item_id, value, defined_at)
ORDER BY project, item_id, defined_at COLLATE "C" DESC, value COLLATE "C" DESC
ON CONFLICT (project, item_id) DO UPDATE
SET value = excluded.value, defined_at = excluded.defined_at
WHERE (known.defined_at, known.value) < (excluded.defined_at, excluded.value)
RETURNING project, item_id

-- name: withdraw_scores
-- Scores of the given labels that no longer stand. Returns whose they were.
DELETE FROM golden_scores AS scored USING labels
WHERE labels.label_id = scored.label_id AND labels.withdrawn
    AND scored.label_id = ANY ($1::text[])
RETURNING scored.label_id, scored.project, scored.vendor, scored.annotator

-- name: score_labels
-- Score those of the given labels that answer a golden item. Returns what is new or changed.
INSERT INTO golden_scores AS known
    (label_id, project, vendor, annotator, item_id, submitted_at, correct)
SELECT label_id, project, vendor, annotator, item_id, submitted_at,
    labels.value = golden_items.value
FROM labels JOIN golden_items USING (project, item_id)
WHERE label_id = ANY ($1::text[]) AND NOT withdrawn
ORDER BY submitted_at, label_id
ON CONFLICT (label_id) DO UPDATE
SET submitted_at = excluded.submitted_at, correct = excluded.correct
WHERE (known.submitted_at, known.correct) <> (excluded.submitted_at, excluded.correct)
RETURNING label_id, project, vendor, annotator, item_id, correct

-- name: list_golden_answers
-- Right or wrong, and when, in the order given, with what was last decided.
SELECT project, vendor, annotator, annotators.status, annotators.trusted_after,
    coalesce(array_agg(correct ORDER BY submitted_at, label_id) FILTER (WHERE correct IS NOT NULL),
        '{}') AS answers,
    array_agg(submitted_at ORDER BY submitted_at, label_id) AS times
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[])
    AS given (project, vendor, annotator)) AS asked
LEFT JOIN golden_scores USING (project, vendor, annotator)
LEFT JOIN annotators USING (project, vendor, annotator)
GROUP BY project, vendor, annotator, annotators.status, annotators.trusted_after
ORDER BY project, vendor, annotator

-- name: put_annotators
-- Where annotators stand now.
INSERT INTO annotators (project, vendor, annotator, golden_correct, golden_total,
    log_likelihood_ratio, status, trusted_after)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
    $6::double precision[], $7::text[], $8::timestamptz[])
ON CONFLICT (project, vendor, annotator) DO UPDATE
SET golden_correct = excluded.golden_correct, golden_total = excluded.golden_total,
    log_likelihood_ratio = excluded.log_likelihood_ratio, status = excluded.status,
    trusted_after = excluded.trusted_after

-- name: list_answers
-- First-tier answers of a project to golden items, the latest 20 000.
SELECT item_id, vendor, annotator, labels.value, golden_items.value AS truth
FROM labels JOIN golden_items USING (project, item_id)
WHERE labels.project = $1 AND NOT withdrawn AND labels.tier = 'tier1'
ORDER BY submitted_at DESC, label_id LIMIT 20000
