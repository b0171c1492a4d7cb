-- A label that is a text goes with the content of its item, whichever of submission, task and erasure
-- comes last. The lock is that of keep_erased.
CREATE FUNCTION forget_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('annotation-intake/erasures', 0));
    IF pg_trigger_depth() = 1 AND EXISTS (SELECT FROM erasures) THEN
        UPDATE submissions SET value = ''
        FROM written
        JOIN tasks ON tasks.task_id = written.task_id
        JOIN erasures ON (erasures.project, erasures.item_id) = (tasks.project, tasks.item_id)
        WHERE submissions.task_id = written.task_id AND tasks.label_kind = 'text'
          AND submissions.value <> '';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER submissions_forget_inserted AFTER INSERT ON submissions
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
CREATE TRIGGER submissions_forget_updated AFTER UPDATE ON submissions
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
CREATE TRIGGER tasks_forget_inserted AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
CREATE TRIGGER tasks_forget_updated AFTER UPDATE ON tasks
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_texts();
