"""What pools can do, what waits for them, and what is late."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from aidataops.database import Connection
from aidataops.events.annotation import Shift
from feedback_router.domain.capacity import Pool
from feedback_router.domain.schedule import Overdue, Waiting
from feedback_router.store.statements import QUERIES, decode


class CapacityStore:
    """Reads what the due dates of one project rest on."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project

    async def pools(self) -> list[Pool]:
        """Every pool of which it was said what it can do."""
        rows = await self._connection.fetch(QUERIES["load_pools"], self._project)
        return [
            Pool(
                row["annotators"],
                row["backlog"],
                row["throughput_per_hour"],
                row["lead_time_hours"],
                row["promised_at"],
                row["said_at"],
                row["handling_seconds"],
                tuple(Shift(**shift) for shift in decode(row["shifts"]) or ()),
            )
            for row in rows
        ]

    async def queue(self) -> list[Waiting]:
        """Every open remediation whose labels are not all there."""
        rows = await self._connection.fetch(QUERIES["load_queue"], self._project)
        return [Waiting(**row) for row in rows]


async def find_overdue(
    connection: Connection | asyncpg.Pool, now: datetime, remediation_id: str | None = None
) -> list[Overdue]:
    """Remediations (or this one alone) that are late now, as far as that was not said before."""
    rows = await connection.fetch(QUERIES["find_overdue"], now, remediation_id)
    return [Overdue(**row) for row in rows]
