"""aiokafka's consumer as the runtime needs it: patient, and not stopped by one record."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from gzip import BadGzipFile
from typing import Any

import cramjam
import structlog
from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import (
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    UnsupportedCodecError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest

from aidataops.messaging.salvage import salvage

log = structlog.get_logger()

Found = dict[TopicPartition, list[ConsumerRecord[Any, Any]]]

UNPARSABLE = (
    CorruptRecordException,
    UnsupportedCodecError,
    ValueError,
    IndexError,
    EOFError,
    struct.error,
    zlib.error,
    BadGzipFile,
    cramjam.DecompressionError,
)
"""What aiokafka raises over bytes that it cannot read: of a header's name, a codec, a checksum."""
FETCH_BYTES = 16_000_000


class PollingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits in one place until there are records, and tells when it last asked for some.

    FastStream sleeps another ``batch_timeout_ms`` after an empty poll, which an event that arrives
    meanwhile would have to wait for.
    """

    def __init__(self, *args: Any, on_poll: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_poll = on_poll

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Found:
        while True:
            self._on_poll()
            await self._find_positions()
            positions = self._positions()
            try:
                found = await super().getmany(
                    *partitions, timeout_ms=timeout_ms, max_records=max_records
                )
            except UNPARSABLE as error:
                log.warning("The Kafka client cannot parse a batch.", error=repr(error))
                self._return_to(positions)
                found = await self._read_around()
            if found:
                return dict(found)

    async def _find_positions(self) -> None:
        """Right after an assignment nobody knows yet where to read: without, no way back."""
        for place in self.assignment() - self._positions().keys():
            with suppress(KafkaError, IllegalStateError):
                await self.position(place)

    def _positions(self) -> dict[TopicPartition, int]:
        """Where each assigned partition will be read next."""
        assignment = getattr(self._subscription.subscription, "assignment", None)
        if assignment is None:
            return {}
        states = {place: assignment.state_value(place) for place in assignment.tps}
        return {
            place: state.position
            for place, state in states.items()
            if state is not None and state.has_valid_position
        }

    def _return_to(self, positions: dict[TopicPartition, int]) -> None:
        """aiokafka has taken records of other partitions and drops them when one raises."""
        for place, position in self._positions().items():
            if positions.get(place, position) != position:
                self.seek(place, positions[place])

    async def _read_around(self) -> Found:
        """The next batch of every partition, as patiently as it takes."""
        found: Found = {}
        for place in self.assignment():
            try:
                position = await self.position(place)
                fetched = await self._fetch(place, position)
                if fetched:
                    salvaged = salvage(fetched, place, position)
                    self.seek(place, salvaged.next_offset)
                    found[place] = salvaged.records
            except (KafkaError, IllegalStateError, ValueError) as error:
                log.warning("A batch cannot be salvaged yet.", place=str(place), error=repr(error))
                await asyncio.sleep(0.5)
        return {place: records for place, records in found.items() if records}

    async def _fetch(self, place: TopicPartition, position: int) -> bytes:
        """The bytes that the leader has from an offset on: a whole batch, or nothing yet."""
        request = FetchRequest(
            0, 0, FETCH_BYTES, 0, [(place.topic, [(place.partition, position, FETCH_BYTES)])]
        )
        leader = self._client.cluster.leader_for_partition(place)
        response = await self._client.send(leader, request)
        ((_, ((_, code, *_, fetched),)),) = response.topics
        if code:
            raise for_code(code)
        return bytes(fetched or b"")


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
