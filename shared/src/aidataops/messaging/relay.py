"""What a crash left in the outbox is published by whoever of the service is the leader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import asyncpg
import structlog

from aidataops.clock import Clock
from aidataops.messaging import inbox, outbox
from aidataops.messaging.crash_points import crash_point
from aidataops.messaging.publisher import Publisher
from aidataops.observability.metrics import Metrics

log = structlog.get_logger()

PRUNE_SECONDS = 600
_AT_ONCE = timedelta(0)
_LEAD = "SELECT pg_try_advisory_lock(hashtext(current_schema() || '.relay'))"


class Relay:
    """Housekeeping of one service: left-behind outbox rows, published rows, the inbox's age.

    Who becomes the leader publishes everything that is there, at once: whoever led before is dead,
    and what it left must not be overtaken. Then only rows older than ``grace``. The others wait
    half as long again, in case the leader is frozen and does not know.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], asyncpg.pool.PoolAcquireContext],
        publisher: Publisher,
        clock: Clock,
        metrics: Metrics,
        grace: timedelta,
        inbox_retention: timedelta,
    ) -> None:
        self._connect = connect
        self._publisher = publisher
        self._clock = clock
        self._metrics = metrics
        self._grace = grace
        self._inbox_retention = inbox_retention
        self._pruned_at = clock.now()
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; a lost connection means standing for election again."""
        while True:
            try:
                async with self._connect() as connection:
                    await self._serve(connection)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                log.warning("The relay lost its database connection.", error=repr(error))
                await asyncio.sleep(1)

    async def _serve(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        leading = False
        try:
            while True:
                await self._tidy(connection)
                if not leading:
                    leading = bool(await connection.fetchval(_LEAD))
                    await self._take_over(connection, _AT_ONCE if leading else self._grace * 1.5)
                else:
                    await self._take_over(connection, self._grace)
                    await self._prune(connection)
                self.caught_up.set()
                rows, age = await outbox.backlog(connection)
                self._metrics.set("aidataops_outbox_rows", rows)
                self._metrics.set("aidataops_outbox_oldest_seconds", age)
                await asyncio.sleep(min(0.5, self._grace.total_seconds() / 2))
        finally:
            if leading and not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock_all()")

    async def _tidy(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Delete what this process has published, when no batch came along to do it."""
        async with self._publisher.published() as rows:
            if rows:
                await outbox.delete(connection, rows)

    async def _take_over(
        self, connection: asyncpg.pool.PoolConnectionProxy, grace: timedelta
    ) -> None:
        before = await outbox.moment_before(connection, grace)
        while rows := await outbox.left_behind(
            connection, before=before, known=self._publisher.known_rows
        ):
            await self._publisher.deliver([record for _, records in rows for record in records])
            crash_point("after_send")
            await outbox.delete(connection, [row for row, _ in rows])
            self._metrics.add("aidataops_relayed_rows_total", len(rows))
            log.info("The relay published what was left behind.", rows=len(rows))

    async def _prune(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        now = self._clock.now()
        if now - self._pruned_at < timedelta(seconds=PRUNE_SECONDS):
            return
        if await inbox.prune(connection, before=now - self._inbox_retention) == 0:
            self._pruned_at = now
