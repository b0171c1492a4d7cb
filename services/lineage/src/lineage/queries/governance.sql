-- name: projects_of_remediations
SELECT id, attributes ->> 'project' AS project FROM facts
WHERE kind = 'remediation' AND aspect = 'requested';

-- name: accountables_of_projects
SELECT project, accountable FROM projects;

-- name: scores_of_vendors
SELECT id, attributes FROM facts WHERE kind = 'vendor' AND aspect = 'scored';

-- name: figures_of_vendors
-- What each vendor's people did and how it was judged.
WITH people AS (
    SELECT DISTINCT vendor, reaches.id
    FROM unnest($1::text[]) AS vendor
    JOIN reaches ON reaches.kind = 'annotator' AND split_part(reaches.id, '/', 1) = vendor
), work AS (
    SELECT vendor, count(*)::integer AS labels,
           count(*) FILTER (WHERE facts.revision > 1)::integer AS reworked,
           count(*) FILTER (WHERE (attributes ->> 'withdrawn')::boolean)::integer AS withdrawn
    FROM people
    JOIN edges AS gave ON gave.from_kind = 'annotator' AND gave.from_id = people.id
        AND gave.to_kind = 'label'
    JOIN facts ON facts.kind = 'label' AND facts.id = gave.to_id AND facts.aspect = 'accepted'
    GROUP BY vendor
), judged AS (
    SELECT vendor, count(*)::integer AS annotators,
           count(*) FILTER (WHERE (standing.attributes ->> 'suspended')::boolean)::integer
               AS suspended,
           coalesce(sum((golden.attributes ->> 'correct')::integer), 0)::integer AS golden_correct,
           coalesce(sum((golden.attributes ->> 'total')::integer), 0)::integer AS golden_total
    FROM people
    LEFT JOIN facts AS standing ON (standing.kind, standing.id, standing.aspect)
        = ('annotator', people.id, 'standing')
    LEFT JOIN facts AS golden ON (golden.kind, golden.id, golden.aspect)
        = ('annotator', people.id, 'golden')
    GROUP BY vendor
), batched AS (
    SELECT vendor, count(*) FILTER (WHERE released)::integer AS released,
           count(*) FILTER (WHERE NOT released)::integer AS blocked
    FROM (
        SELECT DISTINCT split_part(id, '/', 1) AS vendor, batch_id, released
        FROM reaches JOIN batches ON cohort LIKE '%/' || batch_id
        WHERE kind = 'annotator' AND split_part(id, '/', 1) = ANY ($1::text[])
    ) AS worked GROUP BY vendor
), agreed AS (
    SELECT split_part(id, '/', 1) AS vendor, count(*)::integer AS measured_cohorts,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY (attributes -> 'agreement' ->> 'lower')::double precision
           ) AS median_agreement_lower
    FROM facts WHERE kind = 'cohort' AND aspect = 'agreement'
      AND split_part(id, '/', 1) = ANY ($1::text[])
    GROUP BY 1
)
SELECT vendor, coalesce(labels, 0) AS labels, coalesce(reworked, 0) AS reworked,
       coalesce(withdrawn, 0) AS withdrawn, coalesce(annotators, 0) AS annotators,
       coalesce(suspended, 0) AS suspended, coalesce(golden_correct, 0) AS golden_correct,
       coalesce(golden_total, 0) AS golden_total, coalesce(released, 0) AS released,
       coalesce(blocked, 0) AS blocked, coalesce(measured_cohorts, 0) AS measured_cohorts,
       median_agreement_lower
FROM unnest($1::text[]) AS vendor
LEFT JOIN work USING (vendor) LEFT JOIN judged USING (vendor)
LEFT JOIN batched USING (vendor) LEFT JOIN agreed USING (vendor)
ORDER BY vendor;
