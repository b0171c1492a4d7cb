-- name: add_failures
INSERT INTO failures (failure_id, run_id, project, model, task, category, severity, slices,
                      reported_at, event_id)
SELECT failure_id, run_id, project, model, task, category, severity, slices::jsonb, reported_at,
       event_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::timestamptz[], $10::text[])
    AS added (failure_id, run_id, project, model, task, category, severity, slices, reported_at,
              event_id)
ON CONFLICT (failure_id) DO UPDATE
SET run_id = excluded.run_id, project = excluded.project, model = excluded.model,
    task = excluded.task, category = excluded.category, severity = excluded.severity,
    slices = excluded.slices, reported_at = excluded.reported_at, event_id = excluded.event_id
WHERE (excluded.reported_at, excluded.event_id COLLATE "C")
    < (failures.reported_at, failures.event_id COLLATE "C");

-- name: add_routes
INSERT INTO failure_routes (failure_id, via, target, revision)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
ON CONFLICT ON CONSTRAINT failure_routes_key DO UPDATE SET revision = excluded.revision
WHERE excluded.revision > failure_routes.revision;

-- name: add_dismissals
INSERT INTO dismissals (run_id, revision, reason, event_time, event_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[])
ON CONFLICT (run_id) DO UPDATE
SET revision = excluded.revision, reason = excluded.reason, event_time = excluded.event_time,
    event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (dismissals.revision, dismissals.event_time, dismissals.event_id COLLATE "C");

-- name: add_regressions
INSERT INTO regressions (regression_id, revision, project, model, metric, slices, pairs,
                         passed_before, passed_after, p_value, q_value, attribution, sentence,
                         event_time, event_id)
SELECT regression_id, revision, project, model, metric, slices::jsonb, pairs, passed_before,
       passed_after, p_value, q_value, attribution, sentence, event_time, event_id
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::integer[], $8::integer[], $9::integer[], $10::double precision[],
            $11::double precision[], $12::text[], $13::text[], $14::timestamptz[], $15::text[])
    AS added (regression_id, revision, project, model, metric, slices, pairs, passed_before,
              passed_after, p_value, q_value, attribution, sentence, event_time, event_id)
ON CONFLICT (regression_id) DO UPDATE
SET revision = excluded.revision, project = excluded.project, model = excluded.model,
    metric = excluded.metric, slices = excluded.slices, pairs = excluded.pairs,
    passed_before = excluded.passed_before, passed_after = excluded.passed_after,
    p_value = excluded.p_value, q_value = excluded.q_value, attribution = excluded.attribution,
    sentence = excluded.sentence, event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (regressions.revision, regressions.event_time, regressions.event_id COLLATE "C");

-- name: add_schedules
INSERT INTO remediation_schedules (remediation_id, revision, due_at, reason, event_time, event_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::text[], $5::timestamptz[],
                     $6::text[])
ON CONFLICT (remediation_id) DO UPDATE
SET revision = excluded.revision, due_at = excluded.due_at, reason = excluded.reason,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (remediation_schedules.revision, remediation_schedules.event_time,
       remediation_schedules.event_id COLLATE "C");

-- name: add_answers
INSERT INTO regression_answers (regression_id, remediation_id)
SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: add_remediations
-- A request is said once; should it be said again, the first one stays.
INSERT INTO remediations (remediation_id, project, kind, slices, model, priority, reason,
                          event_time, event_id)
SELECT remediation_id, project, kind, slices::jsonb, model, priority, reason, event_time, event_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::double precision[],
            $7::text[], $8::timestamptz[], $9::text[])
    AS added (remediation_id, project, kind, slices, model, priority, reason, event_time, event_id)
ON CONFLICT (remediation_id) DO UPDATE
SET project = excluded.project, kind = excluded.kind, slices = excluded.slices,
    model = excluded.model, priority = excluded.priority, reason = excluded.reason,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    < (remediations.event_time, remediations.event_id COLLATE "C");

-- name: add_steps
INSERT INTO remediation_steps (remediation_id, event_id, step, detail, event_time)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: add_orders
INSERT INTO batch_orders (batch_id, project, tasks)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[])
ON CONFLICT (batch_id) DO UPDATE SET tasks = excluded.tasks
WHERE excluded.tasks > batch_orders.tasks;

-- name: add_agreements
INSERT INTO batch_agreements (batch_id, project, value, lower, upper, reason, labels, annotators,
                              floor, verdict, event_time, event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::double precision[], $4::double precision[],
                     $5::double precision[], $6::text[], $7::integer[], $8::integer[],
                     $9::double precision[], $10::text[], $11::timestamptz[], $12::text[])
ON CONFLICT (batch_id) DO UPDATE
SET project = excluded.project, value = excluded.value, lower = excluded.lower,
    upper = excluded.upper, reason = excluded.reason, labels = excluded.labels,
    annotators = excluded.annotators, floor = excluded.floor, verdict = excluded.verdict,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    > (batch_agreements.event_time, batch_agreements.event_id COLLATE "C");

-- name: add_verdicts
INSERT INTO batch_verdicts (batch_id, revision, project, released, measured, items, checks_not_passed,
                            event_time, event_id)
SELECT batch_id, revision, project, released, measured, items,
       ARRAY (SELECT jsonb_array_elements_text(checks_not_passed::jsonb)), event_time, event_id
FROM unnest($1::text[], $2::integer[], $3::text[], $4::boolean[], $5::boolean[], $6::integer[],
            $7::text[], $8::timestamptz[], $9::text[])
    AS added (batch_id, revision, project, released, measured, items, checks_not_passed, event_time,
              event_id)
ON CONFLICT (batch_id) DO UPDATE
SET revision = excluded.revision, project = excluded.project, released = excluded.released,
    measured = excluded.measured, items = excluded.items, checks_not_passed = excluded.checks_not_passed,
    event_time = excluded.event_time, event_id = excluded.event_id
WHERE (excluded.revision, excluded.event_time, excluded.event_id COLLATE "C")
    > (batch_verdicts.revision, batch_verdicts.event_time, batch_verdicts.event_id COLLATE "C");

-- name: add_standings
INSERT INTO annotator_standings (project, vendor, annotator, suspended, reason, event_time,
                                 event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[],
                     $6::timestamptz[], $7::text[])
ON CONFLICT ON CONSTRAINT annotator_standings_key DO UPDATE
SET suspended = excluded.suspended, reason = excluded.reason, event_time = excluded.event_time,
    event_id = excluded.event_id
WHERE (excluded.event_time, excluded.event_id COLLATE "C")
    > (annotator_standings.event_time, annotator_standings.event_id COLLATE "C");

-- name: add_golden_records
-- The longest record counts: a record grows with every golden item answered.
INSERT INTO golden_records (project, vendor, annotator, correct, total, wilson_lower, wilson_upper,
                            event_time, event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
                     $6::double precision[], $7::double precision[], $8::timestamptz[],
                     $9::text[])
ON CONFLICT ON CONSTRAINT golden_records_key DO UPDATE
SET correct = excluded.correct, total = excluded.total, wilson_lower = excluded.wilson_lower,
    wilson_upper = excluded.wilson_upper, event_time = excluded.event_time,
    event_id = excluded.event_id
WHERE (excluded.total, excluded.event_time, excluded.event_id COLLATE "C")
    > (golden_records.total, golden_records.event_time, golden_records.event_id COLLATE "C");

-- name: add_dataset_versions
-- A version is immutable and published once; a repetition under another id changes nothing.
INSERT INTO dataset_versions (dataset, version, project, hash, items, parents, batch_ids,
                              remediation_ids, published_at, event_id)
SELECT dataset, version, project, hash, items, ARRAY (SELECT jsonb_array_elements_text(parents::jsonb)),
       ARRAY (SELECT jsonb_array_elements_text(batch_ids::jsonb)),
       ARRAY (SELECT jsonb_array_elements_text(remediation_ids::jsonb)), published_at, event_id
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[],
            $7::text[], $8::text[], $9::timestamptz[], $10::text[])
    AS added (dataset, version, project, hash, items, parents, batch_ids, remediation_ids,
              published_at, event_id)
ON CONFLICT ON CONSTRAINT dataset_versions_key DO NOTHING;

-- name: numbers
SELECT (SELECT count(*) FROM unattributed_regressions) AS regressions_unattributed,
       (SELECT count(*) FROM batches_without_agreement) AS batches_without_agreement,
       (SELECT count(*) FROM unrouted_findings) AS findings_unrouted,
       (SELECT count(*) FROM failures) AS findings,
       (SELECT count(*) FROM regressions) AS regressions,
       (SELECT count(*) FROM batch_verdicts WHERE released) AS batches_released;

-- name: remediations
-- With all their steps; the open ones with the highest priority first.
SELECT remediation_id, project, kind, slices, model, priority, remediations.reason,
       remediations.event_time AS requested_at, schedule.due_at, schedule.reason AS due_reason,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'step', step, 'detail', detail, 'time', event_time, 'event_id', event_id)), '[]')
        FROM remediation_steps AS step
        WHERE step.remediation_id = remediations.remediation_id) AS steps
FROM remediations
LEFT JOIN remediation_schedules AS schedule USING (remediation_id)
ORDER BY EXISTS (
             SELECT FROM remediation_steps AS step
             WHERE step.remediation_id = remediations.remediation_id
               AND step.step IN ('verified', 'declined')
         ), priority DESC, requested_at, remediation_id
LIMIT $1;

-- name: regressions
SELECT regression_id, project, model, metric, slices, pairs, passed_before, passed_after, p_value,
       q_value, attribution, sentence, event_time AS detected_at,
       ARRAY (SELECT remediation_id FROM regression_answers AS answer
              WHERE answer.regression_id = regressions.regression_id ORDER BY 1) AS remediation_ids
FROM regressions
ORDER BY attribution = 'unattributable' DESC, event_time DESC, regression_id
LIMIT $1;

-- name: findings
-- The failures that have become nothing yet.
SELECT failure_id, project, run_id, model, task, category, severity, slices, reported_at
FROM unrouted_findings JOIN failures USING (failure_id)
ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), reported_at,
         failure_id
LIMIT $1;

-- name: batches
SELECT batch_id,
       coalesce(verdict.project, agreement.project, placed.project) AS project,
       placed.tasks, verdict.released, verdict.revision, verdict.items,
       coalesce(verdict.checks_not_passed, '{}') AS checks_not_passed, verdict.event_time AS decided_at,
       agreement.value, agreement.lower, agreement.upper, agreement.reason, agreement.labels,
       agreement.annotators, agreement.floor, agreement.verdict AS agreement_verdict,
       agreement.batch_id IS NOT NULL AS measured,
       batch_id IN (SELECT batch_id FROM batches_without_agreement) AS without_agreement
FROM batch_orders AS placed
FULL JOIN batch_verdicts AS verdict USING (batch_id)
FULL JOIN batch_agreements AS agreement USING (batch_id)
ORDER BY without_agreement DESC, verdict.event_time DESC NULLS FIRST, batch_id
LIMIT $1;

-- name: annotators
-- Everybody with a record or a standing; suspended ones first.
SELECT project, vendor, annotator, coalesce(standing.suspended, false) AS suspended,
       standing.reason, standing.event_time AS since, golden.correct, golden.total,
       golden.wilson_lower, golden.wilson_upper
FROM annotator_standings AS standing
FULL JOIN golden_records AS golden USING (project, vendor, annotator)
ORDER BY suspended DESC, golden.correct::float / golden.total NULLS LAST, vendor, annotator, project
LIMIT $1;

-- name: datasets
SELECT dataset, version, project, hash, items, parents, batch_ids, remediation_ids, published_at
FROM dataset_versions
ORDER BY published_at DESC, dataset, version DESC
LIMIT $1;
