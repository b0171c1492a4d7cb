-- A label is written twice in its first transaction: to be locked, then as it was judged, three times
-- as long. With room for that on its page no index gets a second entry.
ALTER TABLE labels SET (fillfactor = 25);
