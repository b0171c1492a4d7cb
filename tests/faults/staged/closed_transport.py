"""The connection to the group's coordinator closes in the moment in which aiokafka writes to it.

asyncio's own transports swallow that; uvloop's raise a RuntimeError. It meets whoever asks first
for the new coordinator: ``coordination``, aiokafka's task that keeps the member in its group, or
``commit``, the runtime's own that commits offsets. The argument says which.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator

from aidataops.testing.probe.app import main

_commit = GroupCoordinator.commit_offsets
_lookup = AIOKafkaClient.coordinator_lookup
_passages = int(os.environ["STAGED_PASSAGE"])
_marker = Path(os.environ["STAGED_MARKER"])
_victim = sys.argv[1]
_coordinator: GroupCoordinator | None = None


async def _lose_coordinator_then_commit(self: GroupCoordinator, *arguments: Any) -> None:
    global _passages, _coordinator  # noqa: PLW0603 - the countdown of this process
    _passages -= 1
    if _passages == 0 and not _marker.exists():
        _coordinator = self
        self.coordinator_dead()
        while _victim == "coordination" and not _marker.exists():
            await asyncio.sleep(0.01)  # let the other task ask first
    await _commit(self, *arguments)


async def _write_to_closed(self: AIOKafkaClient, *arguments: Any) -> Any:
    if _coordinator is not None and not _marker.exists() and _asked_by() == _victim:
        _marker.write_text("closed transport")
        raise RuntimeError(
            "unable to perform operation on <TCPTransport closed=True>; the handler is closed"
        )
    return await _lookup(self, *arguments)


def _asked_by() -> str:
    assert _coordinator is not None
    is_aiokafka = asyncio.current_task() is _coordinator._coordination_task
    return "coordination" if is_aiokafka else "commit"


if __name__ == "__main__":
    GroupCoordinator.commit_offsets = _lose_coordinator_then_commit
    AIOKafkaClient.coordinator_lookup = _write_to_closed
    main()
