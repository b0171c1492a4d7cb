-- What is held to be true of an item is a text where labels are: it goes with the item.
CREATE FUNCTION keep_erased_golden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('qa/erasures', 0));
    IF EXISTS (SELECT FROM erasures JOIN projects USING (project)
               WHERE project = NEW.project AND item_id = NEW.item_id AND kind = 'text') THEN
        NEW.value := '';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER golden_items_keep_erased BEFORE INSERT OR UPDATE ON golden_items
    FOR EACH ROW WHEN (NEW.value <> '') EXECUTE FUNCTION keep_erased_golden();

-- What was erased before.
UPDATE golden_items SET value = '' FROM erasures JOIN projects USING (project)
WHERE (golden_items.project, golden_items.item_id) = (erasures.project, erasures.item_id)
  AND projects.kind = 'text';
INSERT INTO erased_names SELECT DISTINCT item_id FROM erasures;
