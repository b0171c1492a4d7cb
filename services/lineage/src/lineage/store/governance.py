"""Governance as the ledger tells it, with the statistics beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from lineage.domain.raci import Governance, governance, matrix, standing, violations
from lineage.domain.scorecards import scorecard
from lineage.store.ledger import LedgerStore

_QUERIES = Queries.load("lineage")


class GovernanceStore:
    """Reads; everything that it says can be found in the ledger again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def held(self) -> Governance:
        """All assignments, decisions and capabilities."""
        entries = [entry async for page in LedgerStore(self._connection).all() for entry in page]
        rows = await self._connection.fetch(_QUERIES["projects_of_remediations"])
        named = await self._connection.fetch(_QUERIES["accountables_of_projects"])
        return governance(
            entries,
            {row["id"]: row["project"] for row in rows},
            {row["project"]: row["accountable"] for row in named},
        )

    async def raci(self, now: datetime) -> dict[str, Any]:
        """The matrix, what was not kept, what stands for how long, and who provides what."""
        held = await self.held()
        vendors = sorted({name for each in held.capabilities for name in each.vendors})
        cards = await self.scorecards(vendors)
        return {
            "matrix": matrix(held),
            "violations": [asdict(each) for each in violations(held)],
            "expiring": standing(held.acts, now),
            "capabilities": [
                {
                    **each.model_dump(mode="json"),
                    "scorecards": [cards[name] for name in each.vendors],
                }
                for each in held.capabilities
            ],
        }

    async def scorecards(self, vendors: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The figures of these vendors; one who did nothing has zeros."""
        rows = await self._connection.fetch(_QUERIES["figures_of_vendors"], vendors)
        return {row["vendor"]: scorecard(dict(row)) for row in rows}
