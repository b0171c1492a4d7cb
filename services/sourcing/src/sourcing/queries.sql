-- name: lock
-- $1 names. Sorted, so that two members of the group never wait for each other in a circle; the
-- locks end with the transaction.
SELECT pg_advisory_xact_lock(key)
FROM (
    SELECT DISTINCT hashtextextended('sourcing/' || name, 0) AS key
    FROM unnest($1::text[]) AS name ORDER BY key
) AS keys

-- name: share_rules
-- Many may judge by the rules at once.
SELECT pg_advisory_xact_lock_shared(hashtextextended('sourcing/rules', 0))

-- name: lock_rules
-- Who changes the rules does so alone.
SELECT pg_advisory_xact_lock(hashtextextended('sourcing/rules', 0))

-- name: add_sources
-- The earliest event of an id counts, whatever the order of arrival.
INSERT INTO sources AS known
    (source_id, project, name, kind, provenance, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (source_id) DO UPDATE SET
    project = excluded.project, name = excluded.name, kind = excluded.kind,
    provenance = excluded.provenance, submitted_at = excluded.submitted_at,
    digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
RETURNING source_id

-- name: get_sources
-- $1 source ids; with the latest decision of the project's Accountable.
SELECT sources.*, decision.verdict AS decision, coalesce(decision.reason, '') AS decided_because
FROM sources
LEFT JOIN LATERAL (
    SELECT verdict, made.reason FROM source_decisions AS made
    JOIN accountables ON accountables.project = made.project AND accountable = made_by
    WHERE made.source_id = sources.source_id AND made.project = sources.project
    ORDER BY made_at DESC, decision_id DESC LIMIT 1
) AS decision ON true
WHERE source_id = ANY ($1::text[])
ORDER BY source_id

-- name: save_standings
-- $1 source ids, $2 licences, $3 statuses, $4 gates, $5 reasons, $6 approvable.
UPDATE sources SET licence = standing.licence, status = standing.status, gate = standing.gate,
    reason = standing.reason, approvable = standing.approvable
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
    AS standing (source_id, licence, status, gate, reason, approvable)
WHERE sources.source_id = standing.source_id

-- name: list_all_sources
SELECT source_id FROM sources

-- name: list_decided_sources
-- $1 projects.
SELECT DISTINCT source_id FROM source_decisions WHERE project = ANY ($1::text[])

-- name: add_source_decisions
INSERT INTO source_decisions (source_id, project, verdict, reason, made_by, made_at, decision_id)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[]
)
ON CONFLICT DO NOTHING

-- name: add_item_releases
INSERT INTO item_releases (project, item_id, gate, made_by, decision_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING

-- name: list_released_items
-- $1 projects.
SELECT DISTINCT project, item_id FROM item_releases WHERE project = ANY ($1::text[])

-- name: add_accountables
-- The highest revision of a project's definition counts.
INSERT INTO accountables AS known (project, revision, accountable)
SELECT DISTINCT ON (project) *
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (project, revision, accountable)
ORDER BY project, revision DESC, accountable DESC
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision, accountable = excluded.accountable
WHERE (known.revision, known.accountable) < (excluded.revision, excluded.accountable)
RETURNING project

-- name: save_policy
-- The latest version counts.
INSERT INTO policies AS known (subject, version, document, changed_at, digest)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (subject) DO UPDATE SET
    version = excluded.version, document = excluded.document, changed_at = excluded.changed_at,
    digest = excluded.digest
WHERE (known.changed_at, known.digest) < (excluded.changed_at, excluded.digest)
RETURNING subject

-- name: get_policy
SELECT document FROM policies WHERE subject = $1

-- name: list_projects_of
-- $1 source ids.
SELECT DISTINCT project FROM items WHERE source_id = ANY ($1::text[])

-- name: list_items_of
-- $1 source ids.
SELECT project, item_id FROM items WHERE source_id = ANY ($1::text[]) ORDER BY project, item_id

-- name: add_items
-- The earliest event of an id counts; what replaces another is undecided again, but keeps its
-- verdict until the new one is written, so that the change is seen.
INSERT INTO items AS known
    (project, item_id, source_id, text, uri, media_type, checksum, slices, brief_id, content_hash,
     flaws, contamination, submitted_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::jsonb[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[], $13::timestamptz[],
    $14::text[]
)
ON CONFLICT (project, item_id) DO UPDATE SET
    source_id = excluded.source_id, text = excluded.text, uri = excluded.uri,
    media_type = excluded.media_type, checksum = excluded.checksum, slices = excluded.slices,
    brief_id = excluded.brief_id, content_hash = excluded.content_hash, flaws = excluded.flaws,
    contamination = excluded.contamination, submitted_at = excluded.submitted_at,
    digest = excluded.digest
WHERE (excluded.submitted_at, excluded.digest) < (known.submitted_at, known.digest)
RETURNING project, item_id

-- name: get_items
-- $1 projects, $2 item ids. released are the gates that a decision of the Accountable has opened.
SELECT items.*, sources.project AS source_project, sources.licence,
    sources.gate AS source_gate, sources.reason AS source_reason,
    sources.provenance ->> 'licence' AS stated_licence,
    ARRAY(
        SELECT DISTINCT item_releases.gate FROM item_releases
        JOIN accountables USING (project)
        WHERE item_releases.project = items.project AND item_releases.item_id = items.item_id
            AND accountable = made_by
    ) AS released
FROM unnest($1::text[], $2::text[]) AS wanted (project, item_id)
JOIN items USING (project, item_id)
LEFT JOIN sources USING (source_id)

-- name: list_items_with
-- $1 projects, $2 content hashes.
SELECT project, item_id
FROM unnest($1::text[], $2::text[]) AS wanted (project, content_hash)
JOIN items USING (project, content_hash)

-- name: save_verdicts
-- $1 projects, $2 item ids, $3 statuses, $4 gates, $5 reasons, $6 evidence.
UPDATE items SET status = verdict.status, gate = verdict.gate, reason = verdict.reason,
    evidence = verdict.evidence
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
    AS verdict (project, item_id, status, gate, reason, evidence)
WHERE items.project = verdict.project AND items.item_id = verdict.item_id

-- name: page_texts
-- $1 project, $2 item id of the last one read; $3 how many.
SELECT project, item_id, text FROM items
WHERE (project, item_id) > ($1, $2) AND text IS NOT NULL
ORDER BY project, item_id LIMIT $3

-- name: save_contamination
-- $1 projects, $2 item ids, $3 what was found.
UPDATE items SET contamination = found.contamination
FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS found (project, item_id, contamination)
WHERE items.project = found.project AND items.item_id = found.item_id

-- name: add_contents
-- $1 projects, $2 content hashes, $3 times and $4 ids of the first item, $5 bands as arrays in text.
-- With its standing, because a row that is written and then moved by an update takes its 14 entries
-- in the index twice.
INSERT INTO contents (project, content_hash, first_at, first_item, bands)
SELECT project, content_hash, first_at, first_item, bands::bigint[]
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    AS given (project, content_hash, first_at, first_item, bands)

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

-- name: add_benchmarks
INSERT INTO benchmarks (benchmark_id, version, chunk, name, texts)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[])
ON CONFLICT DO NOTHING

-- name: add_runs
INSERT INTO protected_runs (run, benchmark_id)
SELECT * FROM unnest($1::bigint[], $2::text[])
ON CONFLICT DO NOTHING

-- name: has_runs
SELECT EXISTS (SELECT FROM protected_runs)

-- name: find_runs
-- $1 runs of words.
SELECT run, min(benchmark_id) AS benchmark_id FROM protected_runs
WHERE run = ANY ($1::bigint[]) GROUP BY run

-- name: count_slices
-- $1 projects, $2 slices, $3 changes; each pair once.
INSERT INTO slice_counts AS known (project, slices, items)
SELECT * FROM unnest($1::text[], $2::jsonb[], $3::integer[])
ON CONFLICT (project, slices) DO UPDATE SET items = known.items + excluded.items

-- name: drop_empty_slices
-- $1 projects. A combination that lost its last item is as if it had never been.
DELETE FROM slice_counts WHERE project = ANY ($1::text[]) AND items = 0

-- name: list_slice_counts
-- $1 projects.
SELECT project, slices, items FROM slice_counts WHERE project = ANY ($1::text[])

-- name: save_weights
-- The highest revision counts; of two under one revision the earlier.
INSERT INTO production_weights AS known (project, revision, document, set_at, digest)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::timestamptz[], $5::text[])
ON CONFLICT (project) DO UPDATE SET
    revision = excluded.revision, document = excluded.document, set_at = excluded.set_at,
    digest = excluded.digest
WHERE excluded.revision > known.revision OR (excluded.revision = known.revision
    AND (excluded.set_at, excluded.digest) < (known.set_at, known.digest))

-- name: get_weights
-- $1 projects.
SELECT project, document, set_at FROM production_weights WHERE project = ANY ($1::text[])

-- name: save_samples
-- The latest report of a window counts.
INSERT INTO production_samples AS known (project, "window", ended_at, counts, sampled_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::jsonb[], $5::timestamptz[], $6::text[]
)
ON CONFLICT (project, "window") DO UPDATE SET
    ended_at = excluded.ended_at, counts = excluded.counts, sampled_at = excluded.sampled_at,
    digest = excluded.digest
WHERE (known.sampled_at, known.digest) < (excluded.sampled_at, excluded.digest)

-- name: sum_samples
-- $1 projects; of the 30 days up to the end of the newest window.
SELECT project, count.slices, sum(count.samples) AS samples,
    max(newest) AS newest
FROM production_samples
JOIN (
    SELECT project, max(ended_at) AS newest FROM production_samples
    WHERE project = ANY ($1::text[]) GROUP BY project
) AS last USING (project)
CROSS JOIN jsonb_to_recordset(counts) AS count (slices jsonb, samples double precision)
WHERE ended_at > newest - interval '30 days'
GROUP BY project, count.slices

-- name: add_briefs
-- The latest approval of a remediation counts.
INSERT INTO briefs AS known
    (brief_id, project, remediation_id, slices, quota, approved_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::integer[], $6::timestamptz[], $7::text[]
)
ON CONFLICT (brief_id) DO UPDATE SET
    project = excluded.project, slices = excluded.slices, quota = excluded.quota,
    approved_at = excluded.approved_at, digest = excluded.digest
WHERE (excluded.approved_at, excluded.digest) > (known.approved_at, known.digest)
RETURNING brief_id

-- name: add_requests
-- The latest request of a remediation counts.
INSERT INTO remediation_requests AS known
    (remediation_id, priority, due_at, requested_at, digest)
SELECT * FROM unnest(
    $1::text[], $2::double precision[], $3::timestamptz[], $4::timestamptz[], $5::text[]
)
ON CONFLICT (remediation_id) DO UPDATE SET
    priority = excluded.priority, due_at = excluded.due_at,
    requested_at = excluded.requested_at, digest = excluded.digest
WHERE (known.requested_at, known.digest) < (excluded.requested_at, excluded.digest)
RETURNING remediation_id

-- name: get_briefs
-- $1 brief ids, or null for all, $2 projects, $3 an origin or null; the order is that of serving.
SELECT briefs.*, request.priority, request.due_at
FROM briefs LEFT JOIN remediation_requests AS request USING (remediation_id)
WHERE project = ANY ($2::text[]) AND ($1::text[] IS NULL OR brief_id = ANY ($1::text[]))
    AND ($3::text IS NULL OR origin = $3)
ORDER BY approved_at, brief_id

-- name: list_projects_of_remediations
-- $1 remediation ids.
SELECT brief_id, project FROM briefs WHERE remediation_id = ANY ($1::text[])

-- name: list_rivals
-- $1 projects, $2 slices, $3 times of items without a brief of their own. The projects in which one
-- of them lay in the pool when a brief was approved.
SELECT DISTINCT briefs.project
FROM unnest($1::text[], $2::jsonb[], $3::timestamptz[]) AS moved (project, slices, submitted_at)
JOIN briefs ON briefs.project = moved.project AND briefs.origin = 'remediation'
    AND moved.slices @> briefs.slices AND moved.submitted_at < briefs.approved_at

-- name: list_candidates
-- $1 brief ids. For each first what lay in the pool, unused, when it was approved: the earliest of
-- every combination of slices and source, then the second of each, so that few items show much.
-- Then the items that answer it, the earliest first. At most as many as it and the briefs before it
-- may take, and no more of each combination are read, however large the pool.
SELECT brief_id, candidate.item_id, candidate.from_pool
FROM (
    SELECT *, sum(quota) OVER (PARTITION BY project ORDER BY approved_at, brief_id) AS most
    FROM briefs WHERE brief_id = ANY ($1::text[]) AND origin = 'remediation'
) AS brief
CROSS JOIN LATERAL (
    SELECT item_id, from_pool, round, submitted_at FROM (
        SELECT earliest.item_id, true AS from_pool, earliest.submitted_at, earliest.round
        FROM slice_counts
        JOIN sources USING (project)
        CROSS JOIN LATERAL (
            SELECT items.item_id, items.submitted_at,
                row_number() OVER (ORDER BY items.submitted_at, items.item_id) AS round
            FROM items
            LEFT JOIN item_uses USING (project, item_id)
            WHERE items.project = slice_counts.project AND items.slices = slice_counts.slices
                AND items.source_id = sources.source_id
                AND items.status = 'accepted' AND items.brief_id IS NULL
                AND items.submitted_at < brief.approved_at
                AND (item_uses.used_at IS NULL OR item_uses.used_at >= brief.approved_at)
            ORDER BY items.submitted_at, items.item_id
            LIMIT brief.most
        ) AS earliest
        WHERE slice_counts.project = brief.project AND slice_counts.slices @> brief.slices
        UNION ALL
        (
            SELECT item_id, false, submitted_at, NULL
            FROM items
            WHERE project = brief.project AND items.brief_id = brief.brief_id
                AND status = 'accepted' AND slices @> brief.slices
            ORDER BY submitted_at, item_id
            LIMIT brief.most
        )
    ) AS fitting
    ORDER BY round NULLS LAST, submitted_at, item_id
    LIMIT brief.most
) AS candidate
ORDER BY approved_at, brief_id, round NULLS LAST, submitted_at, candidate.item_id

-- name: save_choices
-- $1 brief ids, $2 item ids as JSON arrays, $3 how many of them were in the pool.
UPDATE briefs SET from_pool = choice.from_pool,
    item_ids = ARRAY(SELECT jsonb_array_elements_text(choice.item_ids))
FROM unnest($1::text[], $2::jsonb[], $3::integer[]) AS choice (brief_id, item_ids, from_pool)
WHERE briefs.brief_id = choice.brief_id

-- name: save_deficits
-- Briefs from coverage: $1 ids, $2 projects, $3 slices, $4 quotas, $5 reasons, $6 times of the
-- weights.
INSERT INTO briefs (brief_id, project, slices, quota, reason, approved_at, digest, origin)
SELECT brief_id, project, slices, quota, reason, set_at, '', 'coverage'
FROM unnest(
    $1::text[], $2::text[], $3::jsonb[], $4::integer[], $5::text[], $6::timestamptz[]
) AS given (brief_id, project, slices, quota, reason, set_at)
ON CONFLICT (brief_id) DO UPDATE SET
    quota = excluded.quota, reason = excluded.reason, approved_at = excluded.approved_at

-- name: drop_briefs
-- $1 brief ids.
DELETE FROM briefs WHERE brief_id = ANY ($1::text[])

-- name: list_answers
-- $1 brief ids; accepted items that name them and lie in their slices, the earliest first.
SELECT items.brief_id, item_id
FROM items JOIN briefs ON briefs.brief_id = items.brief_id AND briefs.project = items.project
WHERE items.brief_id = ANY ($1::text[]) AND status = 'accepted' AND items.slices @> briefs.slices
ORDER BY submitted_at, item_id

-- name: add_uses
-- $1 projects, $2 item ids, $3 when; the first use counts.
INSERT INTO item_uses AS known (project, item_id, used_at)
SELECT project, item_id, min(used_at)
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS given (project, item_id, used_at)
GROUP BY project, item_id
ON CONFLICT (project, item_id) DO UPDATE SET used_at = excluded.used_at
WHERE excluded.used_at < known.used_at
RETURNING project, used_at

-- name: list_shortened
-- $1 projects, $2 times of first use. The projects with a brief that was approved later.
SELECT DISTINCT project
FROM unnest($1::text[], $2::timestamptz[]) AS used (project, used_at)
JOIN briefs USING (project)
WHERE origin = 'remediation' AND used_at < approved_at

-- name: add_erasures
-- $1 projects, $2 item ids, $3 when.
INSERT INTO erasures (project, item_id, erased_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS added (project, item_id)
ON CONFLICT DO NOTHING

-- name: erase_items
-- $1 projects, $2 item ids.
UPDATE items SET text = NULL, uri = NULL
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
WHERE (items.project, items.item_id) = (erased.project, erased.item_id)
  AND (text IS NOT NULL OR uri IS NOT NULL)
RETURNING items.item_id

-- name: use_erased
-- $1 projects, $2 item ids, $3 when.
INSERT INTO item_uses (project, item_id, used_at)
SELECT DISTINCT project, item_id, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS erased (project, item_id)
ON CONFLICT DO NOTHING
