-- What lies in the pool, by combination of slices and source: a brief reads the earliest of each.
CREATE INDEX items_by_combination ON items (project, slices, source_id, submitted_at, item_id)
    WHERE status = 'accepted' AND brief_id IS NULL;
