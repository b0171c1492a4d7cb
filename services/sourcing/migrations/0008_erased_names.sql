-- What was erased before is not kept as a dead letter either.
INSERT INTO erased_names SELECT DISTINCT item_id FROM erasures;
