"""What qa keeps: what it was told, and what it has said about it."""
