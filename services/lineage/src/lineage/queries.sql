-- name: add_facts
-- Each aspect once, in key order; the highest (revision, event_time, event_id) stays.
INSERT INTO facts (kind, id, aspect, revision, event_time, event_id, attributes)
SELECT kind, id, aspect, revision, event_time, event_id, attributes::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::text[],
            $7::text[])
    AS added (kind, id, aspect, revision, event_time, event_id, attributes)
ON CONFLICT ON CONSTRAINT facts_key DO UPDATE
SET revision = excluded.revision, event_time = excluded.event_time, event_id = excluded.event_id,
    attributes = excluded.attributes
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (facts.revision, facts.event_time, facts.event_id COLLATE "C");

-- name: add_edges
-- Each edge once, in key order; the smallest (event_time, event_id) stays, with its trace.
INSERT INTO edges (from_kind, from_id, relation, to_kind, to_id, material, event_time, event_id,
                   trace_id, correlation_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[],
                     $7::timestamptz[], $8::text[], $9::text[], $10::text[])
ON CONFLICT ON CONSTRAINT edges_key DO UPDATE
SET event_time = excluded.event_time, event_id = excluded.event_id, trace_id = excluded.trace_id,
    correlation_id = excluded.correlation_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    < (edges.event_time, edges.event_id COLLATE "C");

-- name: lock_versions
-- One transaction at a time decides about versions. That is rare, and what is decided depends on
-- several topics: a lock per aggregate would have to be taken before knowing which.
SELECT pg_advisory_xact_lock(hashtext('lineage.versions'));

-- name: add_batches
INSERT INTO batches (batch_id, project, revision, released, remediation_id, items, event_time,
                     event_id)
SELECT batch_id, project, revision, released, remediation_id, items::jsonb, event_time, event_id
FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::text[], $6::text[],
            $7::timestamptz[], $8::text[])
    AS added (batch_id, project, revision, released, remediation_id, items, event_time, event_id)
ON CONFLICT (batch_id) DO UPDATE
SET project = excluded.project, revision = excluded.revision, released = excluded.released,
    remediation_id = excluded.remediation_id, items = excluded.items,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (batches.revision, batches.event_time, batches.event_id COLLATE "C");

-- name: add_projects
INSERT INTO projects (project, revision, dataset, accountable)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[])
ON CONFLICT (project) DO UPDATE
SET revision = excluded.revision, dataset = excluded.dataset, accountable = excluded.accountable
WHERE (excluded.revision, excluded.dataset COLLATE "C", excluded.accountable COLLATE "C")
    > (projects.revision, projects.dataset COLLATE "C", projects.accountable COLLATE "C");

-- name: add_decisions
-- The first record of a decision stays: a decision is not changed, another one is made.
INSERT INTO decisions (decision_id, dataset, project, parent_version, batch_ids, recipe, made_by,
                       role, made_at, event_time, event_id, trace_id, correlation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (decision_id) DO NOTHING;

-- name: open_decisions
-- Every unpublished decision on the datasets that these projects or datasets concern.
SELECT * FROM decisions
WHERE state <> 'published' AND dataset IN (
    SELECT dataset FROM decisions WHERE project = ANY ($1::text[]) AND state <> 'published'
    UNION SELECT unnest($2::text[])
);

-- name: close_decisions
UPDATE decisions SET state = judged.state, reason = judged.reason
FROM unnest($1::text[], $2::text[], $3::text[]) AS judged (decision_id, state, reason)
WHERE decisions.decision_id = judged.decision_id
  AND (decisions.state, decisions.reason) IS DISTINCT FROM (judged.state, judged.reason);

-- name: projects
SELECT project, dataset, accountable FROM projects WHERE project = ANY ($1::text[]);

-- name: batches
SELECT batch_id, project, released FROM batches WHERE batch_id = ANY ($1::text[]);

-- name: batch_contents
SELECT batch_id, revision, remediation_id, items FROM batches WHERE batch_id = ANY ($1::text[]);

-- name: versions
SELECT version_id, hash IS NOT NULL AS sealed, batch_ids, recipe, decision_id IS NOT NULL AS decided
FROM versions WHERE version_id = ANY ($1::text[]);

-- name: version
SELECT * FROM versions WHERE version_id = $1;

-- name: add_version
INSERT INTO versions (version_id, dataset, version, project, origin, chunks, parents, batch_ids,
                      remediation_ids, decision_id, recipe)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)
ON CONFLICT (version_id) DO NOTHING;

-- name: add_chunk
INSERT INTO version_chunks (version_id, chunk, digest) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT version_chunks_key DO NOTHING
RETURNING chunk;

-- name: chunk_digest
SELECT digest FROM version_chunks WHERE version_id = $1 AND chunk = $2;

-- name: count_chunks
SELECT count(*) FROM version_chunks WHERE version_id = $1;

-- name: add_rows
-- Returns the items that were new; an item that is there already says so by its absence.
INSERT INTO version_rows (version_id, item_id, value, cohorts, slices, row_hash, release_id,
                          consensus_id)
SELECT $1, item_id, value, ARRAY (SELECT jsonb_array_elements_text(cohorts::jsonb)), slices::jsonb,
       row_hash, release_id, consensus_id
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[])
    AS added (item_id, value, cohorts, slices, row_hash, release_id, consensus_id)
ON CONFLICT ON CONSTRAINT version_rows_key DO NOTHING
RETURNING item_id;

-- name: inherit_rows
-- All of the parent's rows whose item has no row of its own in the new version.
INSERT INTO version_rows (version_id, item_id, value, cohorts, slices, row_hash, release_id,
                          consensus_id)
SELECT $1, item_id, value, cohorts, slices, row_hash, release_id, consensus_id
FROM version_rows WHERE version_id = $2
ON CONFLICT ON CONSTRAINT version_rows_key DO NOTHING;

-- name: seal_version
-- The content hash: SHA-256 over the rows' own hashes in ascending order, so that the order in
-- which rows came does not matter.
UPDATE versions SET hash = content.hash, items = content.items
FROM (
    SELECT encode(sha256(coalesce(string_agg(row_hash, ''::bytea ORDER BY row_hash), ''::bytea)),
                  'hex') AS hash,
           count(*)::integer AS items
    FROM version_rows WHERE version_id = $1
) AS content
WHERE versions.version_id = $1
RETURNING versions.*;

-- name: composition
-- How many rows share slices and cohort; a row that several cohorts labelled counts once, under all
-- of their names.
SELECT value::jsonb -> 'slices' AS slices,
       (SELECT string_agg(name, ' + ' ORDER BY place)
        FROM jsonb_array_elements_text(value::jsonb -> 'cohorts') WITH ORDINALITY AS one (name, place)
       ) AS cohort, items
FROM marginals WHERE version_id = $1 AND facet = 'stratum'
ORDER BY slices, cohort;

-- name: origins
-- The releases and the cohorts that a version's rows come from.
SELECT ARRAY (
           SELECT DISTINCT release_id FROM version_rows
           WHERE version_id = $1 AND release_id IS NOT NULL ORDER BY 1
       ) AS releases,
       ARRAY (
           SELECT DISTINCT unnest(cohorts) FROM version_rows WHERE version_id = $1 ORDER BY 1
       ) AS cohorts;

-- name: decisions_of_dataset
SELECT decision_id, parent_version, batch_ids, recipe, made_by, role, made_at, state, reason
FROM decisions WHERE dataset = $1 ORDER BY made_at, decision_id;

-- name: is_known
SELECT EXISTS (SELECT FROM facts WHERE kind = $1 AND id = $2)
    OR EXISTS (SELECT FROM links WHERE from_kind = $1 AND from_id = $2)
    OR EXISTS (SELECT FROM links WHERE to_kind = $1 AND to_id = $2);

-- name: trace_forward
-- Everything that a node led to. UNION visits a node at most twice (as content, as reason), which
-- also ends cycles. Per kind: how many, and the first $3 of them with what is known.
WITH RECURSIVE reached (kind, id, material) AS (
    VALUES ($1::text, $2::text, true)
    UNION
    SELECT link.to_kind, link.to_id, reached.material AND link.material
    FROM reached CROSS JOIN LATERAL (
        SELECT to_kind, to_id, material FROM links
        WHERE from_kind = reached.kind AND from_id = reached.id OFFSET 0
    ) AS link
),
nodes AS (SELECT kind, id, bool_or(material) AS material FROM reached GROUP BY kind, id),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY material DESC, id) AS place,
           count(*) OVER (PARTITION BY kind) AS total
    FROM nodes
)
SELECT kind, id, material, total,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = ranked.kind AND facts.id = ranked.id) AS attributes
FROM ranked WHERE place <= $3 ORDER BY kind, place;

-- name: trace_backward
-- Everything that led to a node; see trace_forward.
WITH RECURSIVE reached (kind, id, material) AS (
    VALUES ($1::text, $2::text, true)
    UNION
    SELECT link.from_kind, link.from_id, reached.material AND link.material
    FROM reached CROSS JOIN LATERAL (
        SELECT from_kind, from_id, material FROM links
        WHERE to_kind = reached.kind AND to_id = reached.id OFFSET 0
    ) AS link
),
nodes AS (SELECT kind, id, bool_or(material) AS material FROM reached GROUP BY kind, id),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY material DESC, id) AS place,
           count(*) OVER (PARTITION BY kind) AS total
    FROM nodes
)
SELECT kind, id, material, total,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = ranked.kind AND facts.id = ranked.id) AS attributes
FROM ranked WHERE place <= $3 ORDER BY kind, place;

-- name: links_between
-- The links among these nodes.
SELECT link.* FROM unnest($1::text[], $2::text[]) AS node (kind, id)
CROSS JOIN LATERAL (
    SELECT * FROM links WHERE from_kind = node.kind AND from_id = node.id OFFSET 0
) AS link
WHERE (link.to_kind, link.to_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY link.from_kind, link.from_id, link.relation, link.to_kind, link.to_id;

-- name: training_of_model
-- The training runs of a model and the dataset versions in it, by what training runs and harnesses
-- say. A version that is only referred to has no hash yet.
SELECT run.id AS training_run_id, run.recipe, data.version_id, versions.hash, versions.items,
       versions.batch_ids, versions.remediation_ids
FROM (
    SELECT produced.from_id AS id, facts.attributes ->> 'recipe' AS recipe
    FROM edges AS produced
    LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect)
        = ('training_run', produced.from_id, 'completed')
    WHERE produced.to_kind = 'model' AND produced.to_id = $1
      AND produced.from_kind = 'training_run'
    UNION ALL SELECT NULL, NULL
) AS run
LEFT JOIN LATERAL (
    SELECT from_id AS version_id FROM edges
    WHERE from_kind = 'dataset_version'
      AND ((to_kind = 'training_run' AND to_id = run.id)
           OR (run.id IS NULL AND to_kind = 'model' AND to_id = $1))
) AS data ON true
LEFT JOIN versions USING (version_id)
WHERE run.id IS NOT NULL OR data.version_id IS NOT NULL
ORDER BY run.id, data.version_id;

-- name: failures_of_model
-- A model's failures by category and slices.
SELECT facts.attributes ->> 'category' AS category, facts.attributes -> 'slices' AS slices,
       run.to_id AS run_id, count(*)::integer AS failures
FROM edges AS run
JOIN edges AS found ON found.from_kind = 'evaluation_run' AND found.from_id = run.to_id
    AND found.to_kind = 'failure'
LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('failure', found.to_id, 'reported')
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
GROUP BY 1, 2, 3 ORDER BY failures DESC, run_id, category, slices;

-- name: regressions_of_model
SELECT showed.to_id AS id, facts.attributes
FROM edges AS run
JOIN edges AS showed ON showed.from_kind = 'evaluation_run' AND showed.from_id = run.to_id
    AND showed.to_kind = 'regression' AND showed.relation = 'showed'
LEFT JOIN facts ON (facts.kind, facts.id, facts.aspect) = ('regression', showed.to_id, 'detected')
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
ORDER BY id;

-- name: remediations_of_model
-- The remediations that answer a model's failures and regressions.
SELECT answer.id,
       (SELECT jsonb_object_agg(aspect, attributes) FROM facts
        WHERE facts.kind = 'remediation' AND facts.id = answer.id) AS attributes
FROM (
    SELECT DISTINCT answered.to_id AS id
    FROM edges AS run
    JOIN edges AS finding ON finding.from_kind = 'evaluation_run' AND finding.from_id = run.to_id
        AND finding.relation IN ('found', 'showed')
    JOIN edges AS answered ON answered.from_kind = finding.to_kind
        AND answered.from_id = finding.to_id AND answered.to_kind = 'remediation'
    WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
) AS answer
ORDER BY answer.id;

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

-- name: sealed_versions
SELECT * FROM versions WHERE hash IS NOT NULL AND ($1::text IS NULL OR dataset = $1)
ORDER BY dataset, version;

-- name: project_of_version
SELECT project FROM versions WHERE version_id = $1 AND hash IS NOT NULL;

-- name: proven_rows
-- A page of a sealed version's rows after an item id, each with what stands behind it.
SELECT content.item_id, content.value, content.cohorts, content.slices, content.row_hash,
       content.release_id, item_contents.text, item_contents.uri, item_contents.media_type,
       EXISTS (SELECT FROM tombstones WHERE tombstones.item_id = content.item_id) AS erased,
       (SELECT attributes FROM facts
        WHERE (kind, id, aspect) = ('item', content.item_id, 'accepted')) AS accepted,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', provided.from_id,
                   'registered', (SELECT attributes FROM facts
                                  WHERE (kind, id, aspect)
                                      = ('source', provided.from_id, 'registered')),
                   'suspended', EXISTS (SELECT FROM facts
                                        WHERE (kind, id, aspect)
                                            = ('source', provided.from_id, 'suspended'))
               ) ORDER BY provided.from_id), '[]')
        FROM edges AS provided
        WHERE provided.to_kind = 'item' AND provided.to_id = content.item_id
          AND provided.from_kind = 'source') AS sources,
       ARRAY (SELECT DISTINCT gave.from_id
              FROM edges AS counted
              JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = counted.from_id
                  AND gave.from_kind = 'annotator'
              WHERE counted.to_kind = 'consensus' AND counted.to_id = content.consensus_id
                AND counted.from_kind = 'label'
              ORDER BY gave.from_id) AS annotators,
       released.attributes AS released,
       (SELECT verdict.attributes FROM edges AS made
        JOIN facts AS verdict ON (verdict.kind, verdict.id, verdict.aspect)
            = ('batch', made.from_id, 'verdict')
        WHERE made.to_kind = 'release' AND made.to_id = content.release_id
          AND made.from_kind = 'batch' LIMIT 1) AS verdict
FROM (
    SELECT version_rows.* FROM version_rows JOIN versions USING (version_id)
    WHERE version_id = $1 AND hash IS NOT NULL AND item_id COLLATE "C" > $2
    ORDER BY item_id COLLATE "C" LIMIT $3
) AS content
LEFT JOIN item_contents USING (item_id)
LEFT JOIN facts AS released ON (released.kind, released.id, released.aspect)
    = ('release', content.release_id, 'released')
ORDER BY content.item_id COLLATE "C";

-- name: add_ordinals
INSERT INTO ordinals (item_id)
SELECT item_id FROM unnest($1::text[]) AS wanted (item_id)
WHERE NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = wanted.item_id)
ON CONFLICT (item_id) DO NOTHING;

-- name: ordinals
SELECT item_id, ordinal FROM ordinals WHERE item_id = ANY ($1::text[]);

-- name: add_ordinals_of_version
INSERT INTO ordinals (item_id)
SELECT item_id FROM version_rows
WHERE version_id = $1
  AND NOT EXISTS (SELECT FROM ordinals WHERE ordinals.item_id = version_rows.item_id)
ORDER BY item_id
ON CONFLICT (item_id) DO NOTHING;

-- name: add_empty_reaches
-- So that every set has a row to lock.
INSERT INTO reaches (kind, id, cohort, chunk, items, count)
SELECT kind, id, cohort, chunk, $5, 0
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS wanted (kind, id, cohort, chunk)
ON CONFLICT ON CONSTRAINT reaches_key DO NOTHING;

-- name: lock_reaches
SELECT reaches.* FROM reaches
JOIN unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS wanted (kind, id, cohort, chunk)
    USING (kind, id, cohort, chunk)
ORDER BY kind, id, cohort, chunk FOR UPDATE OF reaches;

-- name: grow_reaches
UPDATE reaches SET items = grown.items, count = grown.count
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bytea[], $6::integer[])
    AS grown (kind, id, cohort, chunk, items, count)
WHERE (reaches.kind, reaches.id, reaches.cohort, reaches.chunk)
    = (grown.kind, grown.id, grown.cohort, grown.chunk)
  AND reaches.count <> grown.count;

-- name: members_by_facet
-- The ordinals of a version's rows under every value of every facet that its rows say.
SELECT facet, said.value, array_agg(ordinal) AS ordinals
FROM version_rows JOIN ordinals USING (item_id)
CROSS JOIN LATERAL (
    SELECT 'all', ''
    UNION ALL SELECT 'cohort', unnest(cohorts)
    UNION ALL SELECT 'release', release_id WHERE release_id IS NOT NULL
    UNION ALL SELECT 'slice', key || '=' || slice.value FROM jsonb_each_text(slices) AS slice
) AS said (facet, value)
WHERE version_id = $1 GROUP BY facet, said.value;

-- name: add_membership
INSERT INTO memberships (version_id, facet, value, chunk, items) VALUES ($1, $2, $3, $4, $5);

-- name: add_marginals
INSERT INTO marginals (version_id, facet, value, items)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::integer[]);

-- name: add_strata
INSERT INTO marginals (version_id, facet, value, items)
SELECT version_id, 'stratum', jsonb_build_object('slices', slices, 'cohorts', cohorts)::text,
       count(*)
FROM version_rows WHERE version_id = $1 GROUP BY version_id, slices, cohorts;

-- name: relatives
-- A version and its parents, and its children, as far as both are sealed.
SELECT child.version_id, parent.version_id AS parent_id
FROM versions AS child
CROSS JOIN LATERAL jsonb_array_elements(child.parents) AS named
JOIN versions AS parent
    ON parent.version_id = (named ->> 'dataset') || '@' || (named ->> 'version')
WHERE child.hash IS NOT NULL AND parent.hash IS NOT NULL
  AND $1 IN (child.version_id, parent.version_id);

-- name: changed_items
SELECT ordinal FROM (
    SELECT coalesce(later.item_id, earlier.item_id) AS item_id
    FROM (SELECT item_id, row_hash FROM version_rows WHERE version_id = $1) AS later
    FULL JOIN (SELECT item_id, row_hash FROM version_rows WHERE version_id = $2) AS earlier
        USING (item_id)
    WHERE later.row_hash IS DISTINCT FROM earlier.row_hash
) AS differing
JOIN ordinals USING (item_id);

-- name: add_changes
INSERT INTO changes (version_id, parent_id, chunk, items)
SELECT $1, $2, * FROM unnest($3::integer[], $4::bytea[])
ON CONFLICT ON CONSTRAINT changes_key DO NOTHING;

-- name: changed
SELECT items FROM changes WHERE version_id = $1 AND parent_id = $2;

-- name: steps
-- The way from a version back to an ancestor, parent by parent, the shortest one.
WITH RECURSIVE walked (version_id, way) AS (
    SELECT $1::text, ARRAY[$1::text]
    UNION ALL
    SELECT step.parent_id, way || step.parent_id
    FROM walked CROSS JOIN LATERAL (
        SELECT (named ->> 'dataset') || '@' || (named ->> 'version') AS parent_id
        FROM versions CROSS JOIN jsonb_array_elements(parents) AS named
        WHERE versions.version_id = walked.version_id
    ) AS step
    JOIN versions AS parent ON parent.version_id = step.parent_id AND parent.hash IS NOT NULL
    WHERE step.parent_id <> ALL (way)
)
SELECT way FROM walked WHERE version_id = $2 ORDER BY cardinality(way), way LIMIT 1;

-- name: reached
SELECT cohort AS name, items FROM reaches WHERE kind = $1 AND id = $2;

-- name: members
SELECT value AS name, items FROM memberships
WHERE version_id = $1 AND facet = $2 AND ($3::text[] IS NULL OR value = ANY ($3));

-- name: members_in_chunks
SELECT value AS name, items FROM memberships
WHERE version_id = $1 AND facet = $2 AND chunk = ANY ($3::integer[]);

-- name: marginals_of_versions
SELECT version_id, facet, value, items FROM marginals
WHERE version_id = ANY ($1::text[]) AND facet = ANY ($2::text[])
ORDER BY items DESC, value;

-- name: versions_under
-- The versions that hold these values of a facet, and how many items of each.
SELECT version_id, value, items FROM marginals WHERE facet = $1 AND value = ANY ($2::text[])
ORDER BY version_id, value;

-- name: trained_on
-- The training runs and models of these versions, by what training runs and harnesses say.
SELECT data.from_id AS version_id, data.to_id AS training_run_id, produced.to_id AS model
FROM edges AS data
LEFT JOIN edges AS produced ON produced.from_kind = 'training_run'
    AND produced.from_id = data.to_id AND produced.to_kind = 'model'
WHERE data.from_kind = 'dataset_version' AND data.from_id = ANY ($1::text[])
  AND data.to_kind = 'training_run'
UNION
SELECT from_id, NULL, to_id FROM edges
WHERE from_kind = 'dataset_version' AND from_id = ANY ($1::text[]) AND to_kind = 'model'
ORDER BY version_id, training_run_id, model;

-- name: rows_in_two_versions
-- Rows of items that two versions hold differently; either side is missing when only one holds it.
SELECT ordinals.item_id, earlier.value AS value_before, earlier.cohorts AS cohorts_before,
       later.value AS value_after, later.cohorts AS cohorts_after,
       coalesce(later.slices, earlier.slices) AS slices,
       ARRAY (SELECT DISTINCT gave.from_id
              FROM edges AS counted
              JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = counted.from_id
                  AND gave.from_kind = 'annotator'
              WHERE counted.to_kind = 'consensus' AND counted.from_kind = 'label'
                AND counted.to_id = coalesce(later.consensus_id, earlier.consensus_id)
              ORDER BY gave.from_id) AS annotators
FROM ordinals
LEFT JOIN version_rows AS earlier
    ON earlier.version_id = $1 AND earlier.item_id = ordinals.item_id
LEFT JOIN version_rows AS later
    ON later.version_id = $2 AND later.item_id = ordinals.item_id
WHERE ordinal = ANY ($3::bigint[])
ORDER BY ordinals.item_id COLLATE "C";

-- name: really_differing
-- Of these items, those that two versions hold with another row: a label may have gone and come back.
SELECT ordinal FROM ordinals
JOIN version_rows AS earlier
    ON earlier.version_id = $1 AND earlier.item_id = ordinals.item_id
JOIN version_rows AS later
    ON later.version_id = $2 AND later.item_id = ordinals.item_id
WHERE ordinal = ANY ($3::bigint[]) AND earlier.row_hash <> later.row_hash;

-- name: reaches_in
-- Every source, or every annotator of these cohorts.
SELECT id, cohort, items FROM reaches WHERE kind = $1 AND cohort = ANY ($2::text[]);

-- name: size_of_reaches
-- Grows with every item that any of them reaches: what was counted from them is right as long as
-- this is the same.
SELECT count(*) AS parts, coalesce(sum(count), 0) AS items FROM reaches WHERE kind = $1;

-- name: standing_of
-- What is known of nodes of one kind, by aspect.
SELECT id, jsonb_object_agg(aspect, attributes) AS known FROM facts
WHERE kind = $1 AND id = ANY ($2::text[]) GROUP BY id;

-- name: suspects_of_model
-- The cohorts of the rows that harnesses named as suspects for a model's failures.
SELECT cohort AS id, count(DISTINCT suspected.from_id)::integer AS items,
       count(DISTINCT suspected.to_id)::integer AS failures
FROM edges AS run
JOIN edges AS found ON found.from_kind = 'evaluation_run' AND found.from_id = run.to_id
    AND found.to_kind = 'failure'
JOIN edges AS suspected ON suspected.to_kind = 'failure' AND suspected.to_id = found.to_id
    AND suspected.from_kind = 'item'
JOIN version_rows ON version_rows.item_id = suspected.from_id
    AND version_rows.version_id = ANY ($2::text[])
CROSS JOIN LATERAL unnest(cohorts) AS cohort
WHERE run.from_kind = 'model' AND run.from_id = $1 AND run.to_kind = 'evaluation_run'
GROUP BY cohort ORDER BY failures DESC, items DESC, cohort;

-- name: sizes
SELECT version_id, items FROM versions WHERE version_id = ANY ($1::text[]) AND hash IS NOT NULL
ORDER BY dataset, version;

-- name: sealed_names
SELECT version_id FROM versions WHERE hash IS NOT NULL AND items > 0;

-- name: versions_with_item
SELECT version_id FROM version_rows JOIN versions USING (version_id)
WHERE item_id = $1 AND hash IS NOT NULL;

-- name: erase_items
-- Tombstones of a subject; the earliest time stays.
INSERT INTO tombstones (item_id, subject, project, erased_at)
SELECT item_id, $1, $2, $3 FROM unnest($4::text[]) AS item_id
ON CONFLICT ON CONSTRAINT tombstones_key DO NOTHING;

-- name: erase_contents
DELETE FROM item_contents WHERE item_id = ANY ($1::text[]);

-- name: count_erased
SELECT count(*) FROM tombstones WHERE subject = $1;

-- name: suspicions
-- Sources and annotators with their standing, vendors that took labels back, subjects that were
-- erased; those of these names, or all that are wrong or flagged.
WITH standing AS (
    SELECT 'source_suspended' AS cause, id AS about, true AS active FROM facts
    WHERE kind = 'source' AND aspect = 'suspended' AND ($1::text[] IS NULL OR id = ANY ($1))
    UNION ALL
    SELECT 'annotator_suspended', id, (attributes ->> 'suspended')::boolean FROM facts
    WHERE kind = 'annotator' AND aspect = 'standing' AND ($1::text[] IS NULL OR id = ANY ($1))
      AND ((attributes ->> 'suspended')::boolean
           OR EXISTS (SELECT FROM flags WHERE (cause, about) = ('annotator_suspended', id)))
    UNION ALL
    SELECT DISTINCT 'erasure', subject, true FROM tombstones
    WHERE $1::text[] IS NULL OR subject = ANY ($1)
    UNION ALL
    SELECT DISTINCT 'labels_withdrawn', split_part(gave.from_id, '/', 1), true
    FROM facts JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = facts.id
        AND gave.from_kind = 'annotator'
    WHERE facts.kind = 'label' AND aspect = 'accepted' AND (attributes ->> 'withdrawn')::boolean
      AND ($1::text[] IS NULL OR split_part(gave.from_id, '/', 1) = ANY ($1))
)
SELECT * FROM standing
UNION ALL
SELECT DISTINCT cause, about, false FROM flags
WHERE cause = 'labels_withdrawn' AND ($1::text[] IS NULL OR about = ANY ($1))
  AND about NOT IN (SELECT about FROM standing WHERE standing.cause = 'labels_withdrawn')
ORDER BY cause, about;

-- name: guidelines_of_projects
SELECT id FROM facts WHERE kind = 'guideline' AND aspect = 'published'
  AND ($1::text[] IS NULL OR regexp_replace(id, '/[^/]*$', '') = ANY ($1));

-- name: rows_erased
SELECT version_id, count(*)::integer AS items
FROM tombstones JOIN version_rows USING (item_id) JOIN versions USING (version_id)
WHERE subject = $1 AND hash IS NOT NULL GROUP BY version_id;

-- name: rows_withdrawn
-- Rows whose consensus counted a label that its vendor ($1) took back since.
SELECT version_id, count(DISTINCT version_rows.item_id)::integer AS items
FROM facts
JOIN edges AS gave ON gave.to_kind = 'label' AND gave.to_id = facts.id
    AND gave.from_kind = 'annotator' AND split_part(gave.from_id, '/', 1) = $1
JOIN edges AS counted ON counted.from_kind = 'label' AND counted.from_id = facts.id
    AND counted.to_kind = 'consensus'
JOIN version_rows ON version_rows.consensus_id = counted.to_id
JOIN versions USING (version_id)
WHERE facts.kind = 'label' AND facts.aspect = 'accepted'
  AND (facts.attributes ->> 'withdrawn')::boolean AND hash IS NOT NULL
GROUP BY version_id;

-- name: tell_flags
-- Keep how many items of each version are wrong for this reason, 0 for those that no longer are;
-- returns what is news.
WITH counted AS (
    SELECT version_id, items FROM unnest($3::text[], $4::integer[]) AS one (version_id, items)
    UNION ALL
    SELECT version_id, 0 FROM flags
    WHERE cause = $1 AND about = $2 AND items > 0 AND version_id <> ALL ($3)
), told AS (
    INSERT INTO flags (version_id, cause, about, items)
    SELECT version_id, $1, $2, items FROM counted ORDER BY version_id
    ON CONFLICT ON CONSTRAINT flags_key DO UPDATE SET items = excluded.items
    WHERE flags.items <> excluded.items
    RETURNING version_id, items
)
SELECT version_id, dataset, version, project, told.items
FROM told JOIN versions USING (version_id) ORDER BY version_id;

-- name: raised_flags
SELECT version_id, cause, about, flags.items FROM flags JOIN versions USING (version_id)
WHERE flags.items > 0 AND ($1::text IS NULL OR dataset = $1)
ORDER BY dataset, version, cause, about;

-- name: lock_standing_shared
SELECT pg_advisory_xact_lock_shared(hashtext('lineage.standing'), key)
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS keys;

-- name: lock_standing_alone
SELECT pg_advisory_xact_lock(hashtext('lineage.standing'), key)
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS keys;

-- name: unsealed_rows
SELECT item_id, value, cohorts, slices FROM version_rows WHERE version_id = $1;

-- name: drop_rows
DELETE FROM version_rows WHERE version_id = $1 AND item_id = ANY ($2::text[]);

-- name: drop_erased
DELETE FROM version_rows USING tombstones
WHERE version_id = $1 AND tombstones.item_id = version_rows.item_id;

-- name: lock_ledger
SELECT pg_advisory_xact_lock(hashtext('lineage.ledger'));

-- name: entries_of_events
SELECT event_id FROM ledger WHERE event_id = ANY ($1::text[]);

-- name: ledger_head
SELECT entry, hash FROM ledger ORDER BY entry DESC LIMIT 1;

-- name: append_ledger
INSERT INTO ledger (entry, event_id, source_type, subject, occurred_at, recorded_at, content, hash)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
                     $6::timestamptz[], $7::text[], $8::bytea[]);

-- name: ledger_entries
SELECT * FROM ledger WHERE entry > $1 ORDER BY entry LIMIT $2;

-- name: projects_of_remediations
SELECT id, attributes ->> 'project' AS project FROM facts
WHERE kind = 'remediation' AND aspect = 'requested';

-- name: accountables_of_projects
SELECT project, accountable FROM projects;

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

-- name: rows_to_verify
SELECT item_id, value, cohorts, slices, row_hash FROM version_rows WHERE version_id = $1;
