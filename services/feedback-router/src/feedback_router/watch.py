"""What only the passing of time brings about."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import structlog

from aidataops.messaging import Application, Origin
from feedback_router.handlers import Routing
from feedback_router.store.automation import projects_with_expired_automation

log = structlog.get_logger()


class Watch:
    """Looks for decisions on who labels that have run out since."""

    def __init__(self, routing: Routing, seconds: float) -> None:
        self._routing = routing
        self._seconds = seconds

    async def run(self, application: Application) -> None:
        """Look again and again."""
        while True:
            try:
                await self.look(application)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("Looking for expired decisions failed.", error=str(error))
            await asyncio.sleep(self._seconds)

    async def look(self, application: Application) -> None:
        """Say what has run out. Two members looking at once say it once: the log has one lock."""
        now = application.clock.now()
        for project in await projects_with_expired_automation(application.pool, now):
            origin = Origin.of(_event_id(project, now))
            async with application.unit_of_work(origin) as work:
                await self._routing.on_time(project, work, origin)


def _event_id(project: str, now: datetime) -> str:
    return str(uuid5(NAMESPACE_URL, f"feedback-router/watch/{project}/{now.isoformat()}"))
