"""The inbox takes note of every event but lets it through again: at-least-once, nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aidataops.database.pool import Connection
from aidataops.messaging import inbox
from aidataops.messaging.received import Received
from aidataops.testing.probe.app import main

_claim = inbox.claim


async def _claim_everything(
    connection: Connection, events: Sequence[Received[Any]]
) -> Sequence[Received[Any]]:
    await _claim(connection, events)
    return list({event.identity: event for event in events}.values())


if __name__ == "__main__":
    inbox.claim = _claim_everything
    main()
