-- The chart of every series after each of its batches, as far as scores have not changed since.
-- Where a batch's scores change, the charts from it on are forgotten and drawn again.
CREATE TABLE drift_charts (
    project text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    scope_value text COLLATE "C" NOT NULL,
    ended_at timestamptz NOT NULL, -- of the batch
    batch_id text COLLATE "C" NOT NULL,
    count integer NOT NULL,
    total double precision NOT NULL,
    squares double precision NOT NULL,
    statistic double precision NOT NULL,
    rising double precision[] NOT NULL,
    alarms boolean NOT NULL,
    CONSTRAINT drift_charts_key PRIMARY KEY (project, scope, scope_value, ended_at, batch_id)
);
CREATE INDEX drift_charts_batch ON drift_charts (project, ended_at, batch_id);
CREATE INDEX drift_charts_alarms ON drift_charts (project) WHERE alarms;
