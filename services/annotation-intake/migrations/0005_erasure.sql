-- Items whose content is gone for good, known before, with or after the item.
CREATE TABLE erasures (
    project text NOT NULL,
    item_id text NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (project, item_id)
);

-- Whoever writes an item, its content stays away: a replay cannot bring it back. The lock, which
-- writers of items share, makes an erasure wait for items that are being written (see add_erasures).
CREATE FUNCTION keep_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('annotation-intake/erasures', 0));
    IF EXISTS (SELECT FROM erasures
               WHERE project = NEW.project AND item_id = NEW.item_id) THEN
        NEW.text := NULL;
        NEW.uri := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER items_keep_erased BEFORE INSERT OR UPDATE ON items
    FOR EACH ROW WHEN (NEW.text IS NOT NULL OR NEW.uri IS NOT NULL)
    EXECUTE FUNCTION keep_erased();
