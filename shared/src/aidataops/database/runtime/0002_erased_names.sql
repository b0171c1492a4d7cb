-- Ids of items that were erased, and of the tasks about them: no bytes that name one are kept again.
CREATE TABLE erased_names (name text COLLATE "C" PRIMARY KEY);
