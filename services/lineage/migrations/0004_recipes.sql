-- How a version is made of its parent and its batches; NULL for a decision without a recipe. JSON in
-- one form, so that the same recipe is the same text.
ALTER TABLE decisions ADD COLUMN recipe text;
ALTER TABLE versions ADD COLUMN recipe text;
