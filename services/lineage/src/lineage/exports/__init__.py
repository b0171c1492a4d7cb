"""Versions as files that training tools read."""
