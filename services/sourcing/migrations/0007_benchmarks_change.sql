-- In which transaction a chunk was protected last: tells a process whether the runs that it keeps
-- are all of them.
ALTER TABLE benchmarks ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id();
