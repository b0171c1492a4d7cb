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
