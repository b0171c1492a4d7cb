-- name: load_announcements
SELECT subject, aspect, digest, revision FROM announcements WHERE subject = ANY($1::text[])

-- name: put_announcements
INSERT INTO announcements (subject, aspect, digest, revision, failure_ids)
SELECT subject, aspect, digest, revision, failure_ids
FROM jsonb_to_recordset($1::jsonb) AS given(
    subject text, aspect text, digest text, revision integer, failure_ids jsonb)
ON CONFLICT (subject, aspect) DO UPDATE SET
    digest = excluded.digest, revision = excluded.revision, failure_ids = excluded.failure_ids

-- name: add_notices
INSERT INTO notices (notice_id, person, url, body, due_at)
SELECT notice_id, person, url, body, $2
FROM jsonb_to_recordset($1::jsonb) AS given(notice_id text, person text, url text, body text)
ON CONFLICT DO NOTHING

-- name: claim_notices
-- Notices that are due, each taken by one member of the group for two minutes.
UPDATE notices SET due_at = $1::timestamptz + interval '2 minutes', attempts = attempts + 1
WHERE notice_id IN (
    SELECT notice_id FROM notices
    WHERE delivered_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT 20
    FOR UPDATE SKIP LOCKED)
RETURNING notice_id, person, url, body, attempts

-- name: settle_notice
UPDATE notices SET delivered_at = $2, due_at = coalesce($3, due_at), failure = $4
WHERE notice_id = $1
