"""What labels are worth: pure functions over what is known, without clock and without I/O."""
