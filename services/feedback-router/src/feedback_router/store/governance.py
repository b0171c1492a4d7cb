"""Who answers for what, which policies were given, and whom to tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from aidataops.database import Connection
from feedback_router.domain.adoption import Change
from feedback_router.domain.responsibility import Assignment, Consultation
from feedback_router.store.statements import QUERIES, encode

EVERY_PROJECT = "*"


class GovernanceStore:
    """What people have said about deciding."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def assignments(
        self, project: str, decision_kind: str
    ) -> tuple[tuple[Assignment, ...], dict[str, str]]:
        """Assignments for one kind of decision, and the addresses of those who want to be told.

        What is assigned for a project takes the place of what is assigned for all.
        """
        rows = await self._connection.fetch(
            QUERIES["load_responsibilities"], project, decision_kind
        )
        own = [row for row in rows if row["project"] == project] or rows
        told = {row["person"]: row["notify_url"] for row in own if row["notify_url"]}
        return tuple(
            Assignment(
                row["person"],
                row["role"],
                row["internal"],
                row["revoked"],
                row["revision"],
                row["assigned_at"],
            )
            for row in own
        ), told

    async def consultations(self, project: str) -> dict[str, list[Consultation]]:
        """Remediation → the answers of those Consulted."""
        found: dict[str, list[Consultation]] = defaultdict(list)
        for row in await self._connection.fetch(QUERIES["load_consultations"], project):
            found[row["remediation_id"]].append(
                Consultation(row["answered_by"], row["answered_at"])
            )
        return found

    async def changes(self, subjects: Iterable[str]) -> list[Change]:
        """Every version that was given for these policies."""
        rows = await self._connection.fetch(QUERIES["load_policies"], sorted(subjects))
        return [
            Change(
                row["subject"],
                row["version"],
                row["changed_by"],
                row["changed_at"],
                row["document"],
            )
            for row in rows
        ]

    async def add_notices(self, notices: Iterable[Mapping[str, Any]], now: datetime) -> None:
        """Keep what people are to be told; the courier delivers it."""
        await self._connection.execute(QUERIES["add_notices"], encode(notices), now)
