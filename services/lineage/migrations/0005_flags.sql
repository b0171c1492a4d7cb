-- What is wrong behind which version, as last told: `items` of its rows, 0 when it no longer is.
CREATE TABLE flags (
    version_id text NOT NULL REFERENCES versions,
    cause text NOT NULL,
    about text NOT NULL,
    items integer NOT NULL,
    CONSTRAINT flags_key PRIMARY KEY (version_id, cause, about)
);
CREATE INDEX flags_cause ON flags (cause, about);

-- Which labels are taken back, for the versions that hold them.
CREATE INDEX facts_withdrawn ON facts (id)
    WHERE kind = 'label' AND aspect = 'accepted' AND (attributes ->> 'withdrawn')::boolean;
CREATE INDEX tombstones_subject ON tombstones (subject);
