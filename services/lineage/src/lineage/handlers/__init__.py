"""One function per event type: describe it in the graph, or let it move a dataset version.

A module per domain of the catalogue that the events come from.
"""

from lineage.handlers import (
    annotation,
    evaluation,
    feedback,
    governance,
    quality,
    sourcing,
    versions,
)
from lineage.handlers.registry import handlers

__all__ = [
    "annotation",
    "evaluation",
    "feedback",
    "governance",
    "handlers",
    "quality",
    "sourcing",
    "versions",
]
