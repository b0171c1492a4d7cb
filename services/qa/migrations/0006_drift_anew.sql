-- What is normal of a series no longer holds what may be its change: charts are drawn anew from the
-- batch scores, when drift is next measured.
DELETE FROM drift_charts;
INSERT INTO due (project, scope, scope_value) SELECT DISTINCT project, 'drift', '' FROM batch_scores
ON CONFLICT (project, scope, scope_value) DO UPDATE SET revision = nextval('due_revisions');
