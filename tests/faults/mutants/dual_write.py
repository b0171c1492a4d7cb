"""Events go to Kafka from within the transaction, without an outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aidataops.database.pool import Connection
from aidataops.messaging import outbox
from aidataops.messaging.cloudevents import OutgoingRecord
from aidataops.messaging.processor import Processor
from aidataops.messaging.publisher import Publisher
from aidataops.testing.probe.app import main

_publishers: list[Publisher] = []
_init = Processor.__init__


def _init_and_remember(self: Processor, **parts: Any) -> None:
    _init(self, **parts)
    _publishers.append(parts["publisher"])


async def _publish_at_once(
    connection: Connection, records: Sequence[OutgoingRecord], *_: Any, **__: Any
) -> int | None:
    await _publishers[-1].deliver(records)
    return None


if __name__ == "__main__":
    Processor.__init__ = _init_and_remember  # type: ignore[method-assign]
    outbox.add = _publish_at_once
    main()
