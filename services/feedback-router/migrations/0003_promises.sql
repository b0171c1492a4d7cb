-- What the people who label can do, so that due dates follow from it; and money that is promised.

ALTER TABLE projects ADD COLUMN overlap integer NOT NULL DEFAULT 3;

CREATE TABLE pools (
    project text NOT NULL,
    vendor text NOT NULL,
    pool text NOT NULL,
    revision integer NOT NULL,
    annotators integer NOT NULL,
    handling_seconds double precision NOT NULL,
    shifts jsonb NOT NULL,
    PRIMARY KEY (project, vendor, pool)
);

CREATE TABLE capacities (
    project text NOT NULL,
    vendor text NOT NULL,
    pool text NOT NULL,
    annotators integer NOT NULL,
    backlog integer NOT NULL,
    throughput_per_hour double precision,
    lead_time_hours double precision,
    promised_at timestamptz,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (project, vendor, pool)
);

CREATE INDEX batch_tasks_remediation ON batch_tasks (remediation_id)
    WHERE remediation_id IS NOT NULL;

-- What the policy has approved by itself. Like announcements it depends on the order of arrival:
-- money that is promised is not promised again, whatever comes to be known later.
CREATE TABLE commitments (
    remediation_id text PRIMARY KEY,
    project text NOT NULL,
    policy_version text NOT NULL,
    committed_at timestamptz NOT NULL
);
CREATE INDEX commitments_project ON commitments (project, committed_at);
INSERT INTO commitments (remediation_id, project, policy_version, committed_at)
SELECT remediation_id, project, substr(decided_by, 8), requested_at
FROM remediations WHERE decided_by LIKE 'policy %';
