-- Labels that are texts go with the content of their item.
ALTER TABLE projects ADD COLUMN label_kind text NOT NULL DEFAULT 'categorical';

-- Which services have done their part of an erasure; `lineage` is one of them.
CREATE TABLE erasure_parts (
    request_id text NOT NULL,
    service text NOT NULL,
    texts integer NOT NULL,
    dead_letters integer NOT NULL,
    CONSTRAINT erasure_parts_key PRIMARY KEY (request_id, service)
);

-- Of a sealed version the label of an erased item may become empty, and nothing else may change: the
-- row's hash goes on saying what it was.
CREATE FUNCTION refuse_row_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed text;
BEGIN
    SELECT version_id INTO sealed
    FROM touched LEFT JOIN became USING (version_id, item_id) JOIN versions USING (version_id)
    WHERE versions.hash IS NOT NULL AND (
        became.value = '' AND to_jsonb(became) - 'value' = to_jsonb(touched) - 'value'
        AND EXISTS (SELECT FROM tombstones WHERE tombstones.item_id = touched.item_id)
    ) IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'dataset version % is published and its rows cannot be changed', sealed
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_rows_immutable';
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER version_rows_immutable_update ON version_rows;
CREATE TRIGGER version_rows_immutable_update AFTER UPDATE ON version_rows
    REFERENCING OLD TABLE AS touched NEW TABLE AS became
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_row_update();
