"""What reports are made of, and which projects have something to report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aidataops.database import Connection, Queries


class ReportStore:
    """Tables ``unreported`` and ``announcements``, and figures over the tables of others."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def touch(self, projects: Collection[str]) -> None:
        """Something that reports are made of changes with this transaction."""
        if projects:
            await self._connection.execute(self.queries["touch_reports"], list(projects))

    async def take_touched(self) -> list[str]:
        """The projects of which something has changed; each is taken once."""
        rows = await self._connection.fetch(self.queries["take_touched"])
        return sorted({row["project"] for row in rows})

    async def fetch(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """The rows of a named query."""
        return [dict(row) for row in await self._connection.fetch(self.queries[query], *arguments)]

    async def is_news(self, kind: str, digests: Mapping[str, str]) -> set[str]:
        """The names of which something else was said before, or nothing."""
        rows = await self._connection.fetch(
            self.queries["announce"], kind, list(digests), list(digests.values())
        )
        return {row["name"] for row in rows}
