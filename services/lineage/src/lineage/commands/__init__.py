"""What lineage adds to the command line."""
