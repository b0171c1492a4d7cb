"""Asking the router's read API, and showing what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from aidataops.client import asking

Url = Annotated[str | None, asking.url_option("feedback-router")]
ask = partial(asking.ask, "feedback-router")


def show(
    title: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool
) -> None:
    """Rows as JSON, or some columns of them as a table."""
    shown = [{name: row[name] for name in columns} for row in rows]
    asking.show(rows, (title, shown), as_json=as_json)
