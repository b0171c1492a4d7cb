"""Governance as the ledger tells it, with the statistics beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from lineage.domain.ledger import Entry
from lineage.domain.raci import Governance, governance, matrix, standing, violations
from lineage.domain.rulings import standards, waivers
from lineage.domain.scorecards import scorecard
from lineage.store.ledger import LedgerStore

_QUERIES = Queries.load("lineage")

_UNTOLD = {"lead_time_p95_hours": None, "cost_per_accepted_label": None, "currency": None}


class GovernanceStore:
    """Reads; everything that it says can be found in the ledger again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def held(self) -> Governance:
        """All assignments, decisions and capabilities."""
        rows = await self._connection.fetch(_QUERIES["projects_of_remediations"])
        return governance(
            await self._entries(),
            {row["id"]: row["project"] for row in rows},
            await self._accountables(),
        )

    async def waivers(self, now: datetime) -> list[dict[str, Any]]:
        """The latest waiver for every batch and check."""
        return waivers(await self._entries(), await self._accountables(), now)

    async def standards(self) -> list[dict[str, Any]]:
        """The latest value of every standard of every project."""
        return standards(await self._entries(), await self._accountables())

    async def raci(self, now: datetime) -> dict[str, Any]:
        """The matrix, what was not kept, what stands for how long, and who provides what."""
        held = await self.held()
        vendors = sorted({name for each in held.capabilities for name in each.vendors})
        cards = await self.scorecards(vendors)
        told = await self._told()
        return {
            "matrix": matrix(held),
            "violations": [asdict(each) for each in violations(held)],
            "expiring": standing(held.acts, now),
            "capabilities": [
                {
                    **each.model_dump(mode="json"),
                    "scorecards": [
                        {**cards[name], **told.get(f"{each.project}/{name}", _UNTOLD)}
                        for name in each.vendors
                    ],
                }
                for each in held.capabilities
            ],
        }

    async def scorecards(self, vendors: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The figures of these vendors; one who did nothing has zeros."""
        rows = await self._connection.fetch(_QUERIES["figures_of_vendors"], vendors)
        return {row["vendor"]: scorecard(dict(row)) for row in rows}

    async def _told(self) -> dict[str, dict[str, Any]]:
        """How fast and how dear each vendor is in a project (``project/vendor``), as annotation
        intake says.
        """
        rows = await self._connection.fetch(_QUERIES["scores_of_vendors"])
        return {
            row["id"]: {name: json.loads(row["attributes"]).get(name) for name in _UNTOLD}
            for row in rows
        }

    async def _entries(self) -> list[Entry]:
        return [entry async for page in LedgerStore(self._connection).all() for entry in page]

    async def _accountables(self) -> dict[str, str]:
        rows = await self._connection.fetch(_QUERIES["accountables_of_projects"])
        return {row["project"]: row["accountable"] for row in rows}
