-- Items whose content is gone for good, known before, with or after their labels.
CREATE TABLE erasures (
    project text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT erasures_key PRIMARY KEY (project, item_id)
);

-- A label that is a text counts no more once its item is erased: what it said would be the content.
-- The lock, which writers of labels share, makes an erasure wait for labels that are being written.
CREATE FUNCTION forget_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('qa/erasures', 0));
    IF pg_trigger_depth() = 1 AND EXISTS (SELECT FROM erasures) THEN
        UPDATE labels SET value = '', withdrawn = true
        FROM written JOIN erasures USING (project, item_id) JOIN projects USING (project)
        WHERE labels.label_id = written.label_id AND projects.kind = 'text'
          AND (labels.value <> '' OR NOT labels.withdrawn);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER labels_forget_inserted AFTER INSERT ON labels
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
CREATE TRIGGER labels_forget_updated AFTER UPDATE ON labels
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
