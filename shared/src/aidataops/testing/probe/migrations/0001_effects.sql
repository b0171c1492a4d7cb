-- One row per label: an effect that happens twice, or not at all, shows.
CREATE TABLE effects (
    label_id text NOT NULL,
    item_id text NOT NULL,
    annotator text NOT NULL,
    value text NOT NULL,
    applied_at timestamptz NOT NULL
);
