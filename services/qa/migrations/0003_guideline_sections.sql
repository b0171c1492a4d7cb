-- Which section of a guideline version tells two values apart; values in ascending order.
CREATE TABLE guideline_sections (
    project text NOT NULL,
    guideline_version text NOT NULL,
    value text NOT NULL,
    other_value text NOT NULL,
    section text NOT NULL,
    PRIMARY KEY (project, guideline_version, value, other_value, section)
);
