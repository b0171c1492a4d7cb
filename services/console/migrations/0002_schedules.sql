-- Until when each remediation is promised, and why then.
CREATE TABLE remediation_schedules (
    remediation_id text PRIMARY KEY,
    revision integer NOT NULL,
    due_at timestamptz NOT NULL,
    reason text NOT NULL,
    event_time timestamptz NOT NULL,
    event_id text NOT NULL
);
