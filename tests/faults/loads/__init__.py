"""What a service gets to do in a row, and what has to come of it, computed without its code."""
