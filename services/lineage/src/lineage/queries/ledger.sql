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
