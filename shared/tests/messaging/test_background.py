"""Work in the background outlives errors that nobody thought of."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from aidataops.messaging import background


async def test_work_that_fails_of_anything_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE_SECONDS", 0)
    errors = [asyncpg.InternalClientError("a holder is free"), AttributeError("no connection")]
    at_work = asyncio.Event()

    async def work() -> None:
        if errors:
            raise errors.pop()
        at_work.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(background.keep_going("relay", work))
    async with asyncio.timeout(5):
        await at_work.wait()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
