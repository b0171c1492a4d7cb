"""Work that goes on for as long as the process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

PAUSE_SECONDS = 1.0


async def keep_going(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do work that never ends by itself; begin again whatever it fails of, until cancelled.

    A task that nobody awaits dies without a word: of an error that its author did not think of, as
    drivers raise when a server is killed under them.
    """
    while True:
        try:
            await work()
        except Exception as error:
            log.exception("Background work failed and begins again.", work=name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
