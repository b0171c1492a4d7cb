-- A revision may be a time in milliseconds.
ALTER TABLE production_weights ALTER COLUMN revision TYPE bigint;
ALTER TABLE accountables ALTER COLUMN revision TYPE bigint;
