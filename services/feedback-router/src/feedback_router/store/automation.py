"""Decisions on who labels, drift against them, and flags of guideline sections."""

from __future__ import annotations

from datetime import datetime

from aidataops.database import Connection
from feedback_router.domain.automation import AutomationDecision, Drift
from feedback_router.store.findings import slice_key
from feedback_router.store.statements import QUERIES


class AutomationStore:
    """Reads what one project's labelling rests on."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project

    async def decisions(self) -> list[tuple[AutomationDecision, str]]:
        """Every decision on who labels, with the role it was made in."""
        rows = await self._connection.fetch(QUERIES["load_automation_decisions"], self._project)
        return [
            (
                AutomationDecision(
                    row["decision_id"],
                    slice_key(row["slices"]),
                    row["level"],
                    row["made_by"],
                    row["made_at"],
                    row["expires_at"],
                    row["agreement_lower"],
                    row["labels"],
                ),
                row["role"],
            )
            for row in rows
        ]

    async def drifts(self) -> list[Drift]:
        """Every drift of the project."""
        rows = await self._connection.fetch(QUERIES["load_drifts"], self._project)
        return [
            Drift(
                slice_key(row["slices"]),
                row["chart"],
                row["statistic"],
                row["bound"],
                row["detected_at"],
            )
            for row in rows
        ]

    async def flags(self) -> list[tuple[str, str, int]]:
        """(guideline version, section, people who flagged it)."""
        rows = await self._connection.fetch(QUERIES["count_guideline_flags"], self._project)
        return [(row["guideline_version"], row["section"], row["people"]) for row in rows]


async def projects_with_expired_automation(connection: Connection, now: datetime) -> list[str]:
    """Projects of which somebody has to be told that a decision has run out."""
    rows = await connection.fetch(QUERIES["find_expired_automation"], now)
    return [row["project"] for row in rows]
