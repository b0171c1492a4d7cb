"""What is spent in a project, and what the policy has approved by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aidataops.database import Connection
from feedback_router.domain.budget import Amount
from feedback_router.domain.lifecycle import Decision
from feedback_router.store.statements import QUERIES


class BudgetStore:
    """One project's commitments. Whoever adds to them holds the project's lock."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project

    async def spent(self, since: datetime) -> tuple[Amount, int]:
        """What was approved since then, and how many labels an item gets."""
        row = await self._connection.fetchrow(QUERIES["load_spending"], self._project, since)
        assert row is not None  # noqa: S101 - an aggregate has a row
        return Amount(row["cost"], row["items"] * row["overlap"]), row["overlap"]

    async def approve(
        self, names: Collection[str], policy_version: str, now: datetime
    ) -> dict[str, Decision]:
        """Commit the project to these."""
        await self._connection.execute(
            QUERIES["add_commitments"], sorted(names), self._project, policy_version, now
        )
        yes = Decision(
            approved=True, made_by=f"policy {policy_version}", made_at=None, decision_id=None
        )
        return dict.fromkeys(names, yes)
