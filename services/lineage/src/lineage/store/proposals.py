"""The table of successors that erasures call for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.lineage import SuccessorProposed

_QUERIES = Queries.load("lineage")


class ProposalStore:
    """Keeps which versions should be succeeded; whoever changes it holds the lock of versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def propose(self, subjects: Collection[str] | None = None) -> list[SuccessorProposed]:
        """Bring the proposals, or these subjects' alone, up to what is erased and sealed; returns
        what is news.
        """
        named = None if subjects is None else sorted(subjects)
        rows = await self._connection.fetch(_QUERIES["propose_successors"], named)
        return [SuccessorProposed(**row) for row in rows]

    async def open(self, dataset: str | None = None) -> list[dict[str, Any]]:
        """Proposals whose version has no successor yet."""
        return [
            dict(row) for row in await self._connection.fetch(_QUERIES["open_proposals"], dataset)
        ]
