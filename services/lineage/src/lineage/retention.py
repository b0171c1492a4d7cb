"""Taking contents away that have grown old and that nobody can use any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from aidataops.messaging import Application
from lineage.store import ContentStore

log = structlog.get_logger()

EVERY_SECONDS = 3600
PAGE = 1000
"""Items looked at in one transaction: some hundredths of a second."""


def sweeping(days: float) -> Callable[[Application], Coroutine[Any, Any, None]]:
    """What the service does in the background: sweep, wait, sweep."""

    async def run(application: Application) -> None:
        while True:
            try:
                if gone := await sweep(application, days):
                    log.info("Old contents were taken away.", items=gone, days=days)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next one tries again
                log.warning("Taking old contents away failed.", error=repr(error))
            await asyncio.sleep(EVERY_SECONDS)

    return run


async def sweep(application: Application, days: float, *, page: int = PAGE) -> int:
    """Go through the contents older than so many days, the oldest first; returns how many went.

    An item that is sourced again brings its content back, until it has grown as old.
    """
    before = application.clock.now() - timedelta(days=days)
    last, gone = (datetime.min.replace(tzinfo=UTC), ""), 0
    while True:
        async with application.pool.acquire() as connection:
            swept = await ContentStore(connection).expire(before, last, page)
        if swept is None:
            return gone
        last, gone = (swept.event_time, swept.item_id), gone + swept.gone
