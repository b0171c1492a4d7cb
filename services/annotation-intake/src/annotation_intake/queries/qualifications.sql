-- name: add_golden_scores
-- QA's latest word on a label counts.
INSERT INTO golden_scores AS known
    (label_id, project, vendor, annotator, correct, scored_at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (label_id) DO UPDATE SET
    project = excluded.project, vendor = excluded.vendor, annotator = excluded.annotator,
    correct = excluded.correct, scored_at = excluded.scored_at, digest = excluded.digest
WHERE (excluded.scored_at, excluded.digest) > (known.scored_at, known.digest)

-- name: list_scored
-- $1 label ids.
SELECT DISTINCT project, vendor, annotator FROM golden_scores WHERE label_id = ANY ($1::text[])

-- name: list_golden_answers
-- $1 projects, $2 vendors, $3 annotators: their answers to golden items.
SELECT golden_scores.project, golden_scores.vendor, golden_scores.annotator, label_id, correct,
    submissions.guideline_version, coalesce(tasks.slices ->> 'domain', 'any') AS domain,
    submissions.submitted_at
FROM unnest($1::text[], $2::text[], $3::text[]) AS person (project, vendor, annotator)
JOIN golden_scores USING (project, vendor, annotator)
JOIN LATERAL (
    SELECT guideline_version, submitted_at, task_id FROM submissions
    WHERE submissions.label_id = golden_scores.label_id::uuid ORDER BY revision LIMIT 1
) AS submissions ON true
JOIN tasks ON tasks.task_id = submissions.task_id AND tasks.project IS NOT NULL

-- name: save_qualifications
-- $1 projects, $2 vendors, $3 annotators, $4 versions, $5 domains, $6 until when; returns what was
-- told of each before.
INSERT INTO qualifications (project, vendor, annotator, guideline_version, domain, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
    $6::timestamptz[])
ON CONFLICT (project, vendor, annotator, guideline_version, domain)
    DO UPDATE SET expires_at = excluded.expires_at
RETURNING project, vendor, annotator, guideline_version, domain, told

-- name: tell_qualifications
-- $1 to $5 as above, $6 what is told now.
UPDATE qualifications SET told = news.told
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS news (project, vendor, annotator, guideline_version, domain, told)
WHERE (qualifications.project, qualifications.vendor, qualifications.annotator,
       qualifications.guideline_version, qualifications.domain)
    = (news.project, news.vendor, news.annotator, news.guideline_version, news.domain)

-- name: list_expired
-- $1 now: qualifications that were told of and are over.
UPDATE qualifications SET told = NULL WHERE told <= $1
RETURNING project, vendor, annotator, guideline_version, domain
