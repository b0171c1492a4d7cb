"""Rows of the database as Python sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

AnnotatorKey = tuple[str, str, str]
"""Project, vendor, annotator."""
ItemKey = tuple[str, str]
"""Project, item."""
BatchKey = tuple[str, str]
"""Project, batch."""


def annotator_of(row: Any) -> AnnotatorKey:
    """Whom a row is about."""
    return row["project"], row["vendor"], row["annotator"]


def columns(rows: Iterable[Sequence[str]], width: int) -> list[list[str]]:
    """Rows as columns, which is how ``unnest`` takes them; ``width`` is for no rows at all."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
