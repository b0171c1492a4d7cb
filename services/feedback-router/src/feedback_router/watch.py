"""What only the passing of time brings about."""

from __future__ import annotations

import asyncio
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import structlog

from aidataops.messaging import Application, Origin
from feedback_router.handlers import Routing
from feedback_router.store.automation import projects_with_expired_automation
from feedback_router.store.capacity import find_overdue

log = structlog.get_logger()


class Watch:
    """Looks for decisions on who labels that have run out, and for work that is late."""

    def __init__(self, routing: Routing, seconds: float) -> None:
        self._routing = routing
        self._seconds = seconds

    async def run(self, application: Application) -> None:
        """Look again and again."""
        while True:
            try:
                await self.look(application)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("Looking for what time has brought about failed.", error=str(error))
            await asyncio.sleep(self._seconds)

    async def look(self, application: Application) -> None:
        """Say what has run out or is late.

        Two members looking at once say it once: the log has one lock.
        """
        now = application.clock.now()
        for project in await projects_with_expired_automation(application.pool, now):
            origin = Origin.of(_event_id(project, now.isoformat()))
            async with application.unit_of_work(origin) as work:
                await self._routing.on_time(project, work, origin)
        for late in await find_overdue(application.pool, now):
            origin = Origin.of(_event_id(late.remediation_id, late.due_at.isoformat()))
            async with application.unit_of_work(origin) as work:
                await self._routing.on_due(late.project, late.remediation_id, work, origin)


def _event_id(subject: str, time: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"feedback-router/watch/{subject}/{time}"))
