"""Lineage on the command line: each module is a group of ``aidataops`` (see pyproject.toml)."""
