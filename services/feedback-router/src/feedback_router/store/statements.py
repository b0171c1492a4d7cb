"""The service's statements, and JSON on its way to and from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aidataops.database import Queries

QUERIES = Queries.load("feedback_router")


def encode(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as one parameter: statements spread it with ``jsonb_to_recordset``, so sets go in."""
    return json.dumps(list(rows), default=str)


def decode(value: str | None) -> Any:
    """A ``jsonb`` column, which asyncpg hands over as text."""
    return None if value is None else json.loads(value)
