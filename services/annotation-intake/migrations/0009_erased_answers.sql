-- A golden item's text goes with the others, and an answer that no schema allowed: it may be a text
-- whatever the kind of label, and is held a second time where the vendor is told what was wrong.
CREATE FUNCTION keep_erased_golden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('annotation-intake/erasures', 0));
    IF EXISTS (SELECT FROM erasures
               WHERE project = NEW.project AND item_id = NEW.item_id) THEN
        NEW.text := '';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER golden_items_keep_erased BEFORE INSERT OR UPDATE ON golden_items
    FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION keep_erased_golden();

CREATE OR REPLACE FUNCTION forget_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('annotation-intake/erasures', 0));
    IF pg_trigger_depth() = 1 AND EXISTS (SELECT FROM erasures) THEN
        UPDATE submissions SET value = '',
            rejection_value = CASE WHEN submissions.rejection = 'value' THEN ''
                                   ELSE submissions.rejection_value END
        FROM written
        JOIN tasks ON tasks.task_id = written.task_id
        JOIN erasures ON (erasures.project, erasures.item_id) = (tasks.project, tasks.item_id)
        WHERE submissions.task_id = written.task_id
          AND (tasks.label_kind = 'text' OR submissions.rejection = 'value')
          AND (submissions.value <> ''
               OR (submissions.rejection = 'value' AND submissions.rejection_value <> ''));
    END IF;
    RETURN NULL;
END
$$;

-- What was erased before: its texts are not wanted any more either.
UPDATE golden_items SET text = '' FROM erasures
WHERE (golden_items.project, golden_items.item_id) = (erasures.project, erasures.item_id);
UPDATE submissions SET value = '', rejection_value = '' FROM tasks
JOIN erasures ON (erasures.project, erasures.item_id) = (tasks.project, tasks.item_id)
WHERE submissions.task_id = tasks.task_id AND submissions.rejection = 'value';
INSERT INTO erased_names
SELECT item_id FROM erasures
UNION SELECT task_id FROM tasks JOIN erasures USING (project, item_id);
