-- Every act of governance in the order in which it arrived here, each entry bound to the one before
-- by a hash. What lies in the row beside the hash is enough to compute it again.
CREATE TABLE ledger (
    entry bigint PRIMARY KEY CHECK (entry > 0),
    event_id text NOT NULL UNIQUE,
    source_type text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    content text NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END
$$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
