-- What is said of one item, found by the item: the node of a consensus is named by its item
-- (`item#digest`), and comparing bytes makes that a range.
CREATE INDEX facts_consensus ON facts (id COLLATE "C") WHERE kind = 'consensus';
CREATE INDEX edges_released ON edges (from_id COLLATE "C")
    WHERE from_kind = 'consensus' AND relation = 'released_in';
CREATE INDEX tombstones_project ON tombstones (project);
