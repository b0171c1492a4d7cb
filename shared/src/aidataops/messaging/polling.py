"""aiokafka's consumer as the runtime needs it: patient, and not stopped by one record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError


class PollingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits in one place until there are records, and tells when it last asked for some.

    FastStream sleeps another ``batch_timeout_ms`` after an empty poll, which an event that arrives
    meanwhile would have to wait for.
    """

    def __init__(
        self,
        *args: Any,
        on_poll: Callable[[], None],
        on_unreadable: Callable[[TopicPartition, int, Exception], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._on_poll = on_poll
        self._on_unreadable = on_unreadable

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        while True:
            self._on_poll()
            try:
                found = await super().getmany(
                    *partitions, timeout_ms=timeout_ms, max_records=max_records
                )
            except (CorruptRecordException, UnsupportedCodecError, ValueError):
                found = await self._read_around()
            if found:
                return dict(found)

    async def _read_around(self) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        """Find the partition whose next record aiokafka cannot parse, and pause that one.

        A header name that is not UTF-8, a codec that is not installed or a broken checksum raises
        inside aiokafka, which has no bytes for us then. The record stays on the topic, the other
        partitions go on, and readiness says where it is.
        """
        for place in self.assignment() - self.paused():
            try:
                found = await super().getmany(place, timeout_ms=200, max_records=1)
            except (CorruptRecordException, UnsupportedCodecError, ValueError) as error:
                self.pause(place)
                self._on_unreadable(place, await self.position(place), error)
            else:
                if found:
                    return dict(found)
        return {}


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(
        self,
        on_revoked: Callable[[Iterable[TopicPartition]], Awaitable[None]],
        on_assigned: Callable[[], None],
    ) -> None:
        self._on_revoked = on_revoked
        self._on_assigned = on_assigned

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._on_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._on_assigned()
