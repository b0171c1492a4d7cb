"""What the page and the JSON endpoints read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from aidataops.database import Connection, Queries
from console.domain.lifecycle import Step, standing_of

_QUERIES = Queries.load("console")

List = Literal["remediations", "regressions", "findings", "batches", "annotators", "datasets"]
LISTS: tuple[List, ...] = (
    "remediations",
    "regressions",
    "findings",
    "batches",
    "annotators",
    "datasets",
)


class OverviewStore:
    """Reads lists, what needs attention first, at most ``limit`` rows each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def numbers(self) -> dict[str, int]:
        """The three numbers, and what each is a part of."""
        return dict(await self._connection.fetchrow(_QUERIES["numbers"]))

    async def rows(self, name: List, *, limit: int) -> list[dict[str, Any]]:
        """One of the lists."""
        records = await self._connection.fetch(_QUERIES[name], limit)
        return [_row(record) for record in records]


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(record)
    if "slices" in row:
        row["slices"] = json.loads(row["slices"])
    if "steps" in row:
        steps = [
            Step(each["step"], each["detail"], datetime.fromisoformat(each["time"]),
                 each["event_id"])
            for each in json.loads(row.pop("steps"))
        ]  # fmt: skip
        standing = standing_of(steps)
        row |= {"state": standing.state, "detail": standing.detail}
    return row
