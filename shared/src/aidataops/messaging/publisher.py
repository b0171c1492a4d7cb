"""Publishing what is committed: in commit order, until Kafka has acknowledged it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from aidataops.database.pool import Connection
from aidataops.messaging import outbox
from aidataops.messaging.cloudevents import OutgoingRecord
from aidataops.messaging.crash_points import crash_point
from aidataops.observability.metrics import Metrics
from aidataops.settings import KafkaSettings

log = structlog.get_logger()

MAXIMUM_BATCH_BYTES = 1_040_000
"""Just below ``message.max.bytes`` of a broker with default settings."""
PENDING_BATCHES = 8
"""How many committed batches may wait for Kafka before consuming waits too."""


class _Pending(NamedTuple):
    row: int
    records: Sequence[OutgoingRecord]


class Publisher:
    """Sends outbox rows to Kafka in the order in which they were handed over.

    On any error the producer is thrown away and the oldest row is sent again with a new one: after
    a broker lost its producer state, every send of the old one would fail. What this repeats,
    consumers drop by event id.
    """

    def __init__(self, settings: KafkaSettings, *, client_id: str, metrics: Metrics) -> None:
        self._settings = settings
        self._client_id = client_id
        self._metrics = metrics
        self._producer: AIOKafkaProducer | None = None
        self._pending: deque[_Pending] = deque()
        self._published: list[int] = []
        self._deleting: set[int] = set()
        self._changed = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._room = asyncio.Event()
        self._room.set()
        self._sending = asyncio.Lock()
        self._in_doubt = False

    @property
    def known_rows(self) -> list[int]:
        """Outbox rows in this process's hands: the relay leaves them alone."""
        return [*(pending.row for pending in self._pending), *self._published, *self._deleting]

    @property
    def idle(self) -> bool:
        return not self._pending and not self._published

    def enqueue(self, row: int, records: Sequence[OutgoingRecord]) -> None:
        """Publish the records of an outbox row that has just been committed."""
        self._pending.append(_Pending(row, records))
        self._changed.set()
        self._drained.clear()
        if len(self._pending) >= PENDING_BATCHES:
            self._room.clear()

    async def room(self, *, timeout: float) -> None:
        """Wait until few enough batches are pending; ``TimeoutError`` when Kafka stays away."""
        if not self._room.is_set():
            async with asyncio.timeout(timeout):
                await self._room.wait()

    def doubt(self) -> None:
        """A transaction failed: whether it was committed, only the database knows."""
        self._in_doubt = True

    async def adopt(self, connection: Connection, *, overtaken: bool) -> None:
        """Publish what others, or a commit that seemed to fail, left in the outbox: before our own.

        ``overtaken`` says that somebody has processed events that we were to process: a member that
        was frozen, or ourselves before a connection broke. To be called after the inbox has claimed
        them again, because that waits for a commit that is still under way.
        """
        if self._in_doubt or overtaken:
            now = await outbox.moment_before(connection, timedelta(0))
            for row, records in await outbox.left_behind(
                connection, before=now, known=self.known_rows
            ):
                self.enqueue(row, records)
            self._in_doubt = False

    @asynccontextmanager
    async def published(self) -> AsyncIterator[list[int]]:
        """The rows that are on Kafka and can be deleted; kept for later when the block fails."""
        rows, self._published = self._published, []
        self._deleting.update(rows)
        try:
            yield rows
        except BaseException:
            self._published = rows + self._published
            raise
        finally:
            self._deleting.difference_update(rows)
        if rows:
            crash_point("after_outbox_delete")

    async def run(self) -> None:
        """Publish what is pending, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._pending:
                count = len(self._pending)
                head = [self._pending[position] for position in range(count)]
                await self.deliver([record for one in head for record in one.records])
                crash_point("after_send")
                for one in head:
                    self._pending.popleft()
                    self._published.append(one.row)
                self._room.set()
            self._drained.set()

    async def deliver(self, records: Sequence[OutgoingRecord]) -> None:
        """Send records and wait for every acknowledgement, however long that takes."""
        delay = 0.05
        while True:
            try:
                async with self._sending:
                    await self._send(records)
            except Exception as error:  # noqa: BLE001 - committed is committed: it must get there
                self._metrics.add("aidataops_publish_errors_total")
                log.warning("Could not publish, will try again.", error=repr(error), delay=delay)
                await self._discard_producer()
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                self._metrics.add("aidataops_published_records_total", len(records))
                return

    async def close(self, *, timeout: float) -> None:
        """Give pending batches some time, then let go; the relay has what is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._drained.wait()
        await self._discard_producer()

    async def start(self) -> None:
        """Connect; raises aiokafka's error when Kafka cannot be reached."""
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._settings.kafka_connection(),
                client_id=self._client_id,
                acks="all",
                enable_idempotence=self._settings.kafka_idempotence,
                max_batch_size=MAXIMUM_BATCH_BYTES,
                max_request_size=MAXIMUM_BATCH_BYTES + 4096,
                request_timeout_ms=10_000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer

    async def _discard_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(3):
                    await producer.stop()

    async def _send(self, records: Sequence[OutgoingRecord]) -> None:
        await self.start()
        producer = self._producer
        assert producer is not None  # noqa: S101 - start() made it
        prefix = self._settings.topic_prefix
        partitions = {
            topic: await self._partitions(producer, prefix + topic)
            for topic in {record.topic for record in records}
        }
        builders: dict[tuple[str, int], BatchBuilder] = {}
        futures: list[asyncio.Future[Any]] = []
        for record in records:
            topic = prefix + record.topic
            partition = partition_of(record.key, partitions[record.topic])
            place = (topic, partition)
            builder = builders.get(place)
            if builder is None:
                builder = builders[place] = producer.create_batch()
            if _append(builder, record) is None:
                futures.append(await producer.send_batch(builder, topic, partition=partition))
                builder = builders[place] = producer.create_batch()
                if _append(builder, record) is None:
                    raise ValueError(f"a record of {topic} does not fit into an empty batch")
        for (topic, partition), builder in builders.items():
            futures.append(await producer.send_batch(builder, topic, partition=partition))
        async with asyncio.timeout(30):
            await asyncio.gather(*futures)

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int:
        async with asyncio.timeout(5):
            return len(await producer.partitions_for(topic))


def _append(builder: BatchBuilder, record: OutgoingRecord) -> object:
    return builder.append(
        timestamp=None, key=record.key, value=record.value, headers=record.headers
    )


@lru_cache(maxsize=65_536)
def _murmur(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition of a key, the same that Kafka's Java client chooses.

    The hash is pure Python in aiokafka (5 µs for a UUID): it is skipped for one partition and
    remembered for keys that come again.
    """
    return 0 if partitions == 1 or key is None else _murmur(key) % partitions
