"""Label schemas as they stand in rows of definitions and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from aidataops.events.annotation import LabelSchema


def to_schema(row: Mapping[str, Any]) -> LabelSchema:
    """The schema of a row; there are few and many rows have the same one."""
    return _schema(
        row["label_kind"],
        tuple(row["categories"]),
        row["allow_tie"],
        row["maximum_characters"],
    )


@lru_cache(maxsize=1024)
def _schema(
    kind: str, categories: tuple[str, ...], allow_tie: bool, maximum_characters: int | None
) -> LabelSchema:
    return LabelSchema(
        kind=kind,
        categories=categories,
        allow_tie=allow_tie,
        maximum_characters=maximum_characters,
    )
