"""The outbox is polled by ``id > last``: what has a lower id and commits later is never seen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aidataops.database.pool import Connection
from aidataops.messaging import outbox
from aidataops.messaging.cloudevents import OutgoingRecord
from aidataops.messaging.publisher import Publisher
from aidataops.messaging.relay import Relay
from aidataops.testing.probe.app import main

_add = outbox.add
_left_behind = outbox.left_behind
_take_over = Relay._take_over
_last = 0


async def _add_and_dawdle(
    connection: Connection, records: Sequence[OutgoingRecord], published: Sequence[int]
) -> int | None:
    row = await _add(connection, records, published)
    await asyncio.sleep(random.uniform(0, 0.3))
    return row


async def _after_last(connection: Connection, **asked: Any) -> list[tuple[int, Any]]:
    global _last  # noqa: PLW0603 - what this mutant remembers
    found = [row for row in await _left_behind(connection, **asked) if row[0] > _last]
    _last = max([_last, *(row for row, _ in found)])
    return found


async def _take_over_alone(self: Relay, connection: Any, grace: timedelta) -> None:
    if grace <= self._grace:
        await _take_over(self, connection, grace)


async def _now(connection: Connection, age: timedelta) -> Any:
    return await connection.fetchval("SELECT clock_timestamp()")


if __name__ == "__main__":
    Publisher.enqueue = lambda *_: None  # type: ignore[method-assign]
    outbox.add = _add_and_dawdle
    outbox.left_behind = _after_last
    outbox.moment_before = _now
    Relay._take_over = _take_over_alone  # type: ignore[method-assign]
    main()
