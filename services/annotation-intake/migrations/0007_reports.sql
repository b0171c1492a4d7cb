-- Projects of which something has changed since their last report, a row for each transaction that
-- changed something: a row for each project would have transactions wait for each other.
CREATE TABLE unreported (project text NOT NULL);
INSERT INTO unreported SELECT DISTINCT project FROM batches;
