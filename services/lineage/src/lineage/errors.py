"""What can go wrong with what lineage is told."""

from __future__ import annotations

from aidataops.errors import InvalidError


class ContradictionError(InvalidError):
    """An event says something else about a dataset version than what is already held."""

    code = "contradiction"
