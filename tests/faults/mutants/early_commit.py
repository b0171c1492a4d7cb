"""Offsets are committed before the transaction: at-most-once."""

from __future__ import annotations

from aiokafka import TopicPartition

from aidataops.messaging.consumer import Consumer, Records
from aidataops.testing.probe.app import main

_handle = Consumer._handle


async def _commit_then_handle(self: Consumer, records: Records) -> None:
    for record in records:
        self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1
    assert self._kafka is not None
    await self._commit()
    await _handle(self, records)


if __name__ == "__main__":
    Consumer._handle = _commit_then_handle  # type: ignore[method-assign]
    main()
