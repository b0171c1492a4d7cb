-- Contents by age, for the sweep that takes those away which nobody can use any more.
CREATE INDEX item_contents_age ON item_contents (event_time, item_id);
