-- A project's verdicts are read by people.
CREATE INDEX findings_verdicts ON findings ((payload->>'project')) WHERE kind = 'batch';
