"""What the labels of items say together, by the method that a project has chosen."""
