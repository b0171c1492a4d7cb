"""Polling Kafka, on FastStream's batch subscriber.

FastStream's own acknowledgement loses records or blocks a partition when something fails, and its
parser raises on foreign headers before any of our code. So it gets ``MANUAL``, a parser that lets
every byte through, and a consumer that reports its polls; offsets are committed here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Protocol

import structlog
from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
)
from faststream import AckPolicy
from faststream._internal.endpoint.subscriber.utils import MultiLock
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from aidataops.errors import FatalError
from aidataops.messaging.crash_points import crash_point
from aidataops.messaging.failures import judge
from aidataops.messaging.polling import PollingConsumer, RebalanceListener
from aidataops.settings import Settings

log = structlog.get_logger()

Records = tuple["ConsumerRecord[Any, Any]", ...]
COMMIT_SECONDS = 0.1
"""How often offsets are committed at most; what a crash re-reads, the inbox drops."""
FETCH_WAIT_MILLISECONDS = 100
"""How long a broker may keep a fetch that finds nothing.

aiokafka has one fetch under way per broker, and leaves out partitions whose records it still holds:
once those are processed, the next wait until the fetch of the quiet topics is answered.
"""


class BatchProcessor(Protocol):
    """Reads a batch, then brings every record of it to its end, or raises."""

    def read(self, records: Sequence[Any]) -> Any: ...

    async def commit(self, batch: Any) -> None: ...


class _InHand(NamedTuple):
    records: Records
    task: asyncio.Task[bool]


class Consumer:
    """One consumer of one service over all its topics."""

    def __init__(
        self,
        *,
        service: str,
        topics: Iterable[str],
        settings: Settings,
        processor: BatchProcessor,
    ) -> None:
        self._settings = settings
        self._processor = processor
        self._topics = [settings.topic_prefix + topic for topic in topics]
        self._group = settings.topic_prefix + service
        self._broker: KafkaBroker | None = None
        self._kafka: AIOKafkaConsumer | None = None
        self._done: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._in_hand: _InHand | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self.last_poll: float | None = None
        self.joined = False
        self.stopped_because: str | None = None

    async def start(self) -> None:
        """Join the group; raises aiokafka's error when Kafka cannot be reached."""
        await self._join()
        self._keeper = asyncio.create_task(self._keep())

    async def _join(self) -> None:
        broker = KafkaBroker(
            bootstrap_servers=self._settings.kafka_bootstrap,
            client_id=self._group,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=15.0,
        )
        subscriber = broker.subscriber(
            *self._topics,
            batch=True,
            group_id=self._group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_records=self._settings.batch_size,
            batch_timeout_ms=self._settings.poll_milliseconds,
            session_timeout_ms=int(self._settings.session_timeout_seconds * 1000),
            heartbeat_interval_ms=int(self._settings.session_timeout_seconds * 1000 / 10),
            fetch_max_wait_ms=FETCH_WAIT_MILLISECONDS,
            parser=_pass_through,
            decoder=_raw_records,
            no_reply=True,
            listener=RebalanceListener(self._revoked, self._joined),
        )
        subscriber(self._handle)
        try:
            await broker.connect()
            broker.config.broker_config.builder = partial(
                PollingConsumer,
                **self._settings.kafka_connection(),
                client_id=self._group,
                on_poll=self._polled,
            )
            await broker.start()
        except BaseException:
            await broker.stop()
            raise
        self._broker = broker
        self._kafka = subscriber.consumer

    async def stop(self) -> None:
        """Take no more records, finish the batch in hand, commit, leave the group."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._leave()

    async def _leave(self) -> None:
        broker, self._broker = self._broker, None
        if broker is None:
            return
        for subscriber in broker.subscribers:
            subscriber.running = False
            if isinstance(subscriber.lock, MultiLock):
                await subscriber.lock.wait_release(15)
        await self._finish()
        with suppress(Exception):
            async with asyncio.timeout(5):
                await self._commit()
        with suppress(Exception):
            async with asyncio.timeout(10):
                await broker.stop()

    @property
    def assigned(self) -> int:
        """How many partitions this member holds."""
        return 0 if self._kafka is None else len(self._kafka.assignment())

    def lag(self) -> Mapping[TopicPartition, int]:
        """Records that wait, per assigned partition; of those whose end is known."""
        if self._kafka is None:
            return {}
        behind = {}
        for place in self._kafka.assignment():
            end = self._kafka.highwater(place)
            if end is not None:
                behind[place] = max(0, end - self._done.get(place, end))
        return behind

    async def _revoked(self, places: Iterable[TopicPartition]) -> None:
        """Commit what is done and forget it: somebody else goes on from there."""
        await self._finish()
        with suppress(KafkaError, IllegalStateError, RuntimeError):
            await self._commit()
        for place in places:
            self._done.pop(place, None)
            self._committed.pop(place, None)

    async def _finish(self) -> None:
        """Let the batch in hand end, but not for ever: the inbox fences what comes too late."""
        if self._in_hand is not None and self._in_hand.task is not asyncio.current_task():
            await asyncio.wait((self._in_hand.task,), timeout=5)

    def _joined(self) -> None:
        self.joined = True

    def _polled(self) -> None:
        self.last_poll = time.monotonic()

    async def _handle(self, records: Records) -> None:
        """Read this batch while the one before it commits; then commit this one likewise."""
        batch = self._processor.read(records)
        before = self._in_hand
        if before is not None and not await before.task:
            self._in_hand = None
            self._rewind(before.records + records)
            return
        task = asyncio.create_task(self._commit_batch(batch, records))
        self._in_hand = _InHand(records, task)

    async def _commit_batch(self, batch: Any, records: Records) -> bool:
        """Whether every record came to its end; if not, they are read again."""
        try:
            await self._processor.commit(batch)
        except FatalError as error:
            self._rewind(records)
            self._halt(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - nothing is lost: it is read again
            self._rewind(records)
            log.warning("A batch is read again later.", error=repr(error), verdict=judge(error))
            await asyncio.sleep(1)
            return False
        for (topic, partition), offset in {
            (record.topic, record.partition): record.offset for record in records
        }.items():
            self._done[TopicPartition(topic, partition)] = offset + 1
        return True

    def _rewind(self, records: Records) -> None:
        """Go back to the first of these records in every partition."""
        assert self._kafka is not None  # noqa: S101 - records came from it
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for place, offset in first.items():
            with suppress(IllegalStateError):
                self._kafka.seek(place, offset)

    def _halt(self, reason: str) -> None:
        if self.stopped_because is None:
            self.stopped_because = reason
            log.critical("Consuming has stopped.", reason=reason)
            self._stopping = asyncio.create_task(self.stop())

    async def _keep(self) -> None:
        """Commit offsets, and join the group anew when aiokafka has given up on it."""
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            try:
                if self._has_lost_its_group():
                    log.error("The member has lost its group and joins it again.")
                    await self._leave()
                    self._in_hand = None
                    self.joined = False
                    await self._join()
                await self._commit()
            except (CommitFailedError, IllegalStateError) as error:
                log.info("Offsets belong to another member now.", error=repr(error))
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log.warning("Offsets could not be committed yet.", error=repr(error))
                await asyncio.sleep(1)

    def _has_lost_its_group(self) -> bool:
        """Whether the task that keeps the membership has ended.

        uvloop raises a RuntimeError on a closed transport, which aiokafka does not expect: its
        coordination ends, nothing is fetched any more, and nobody is told.
        """
        if self._broker is None or self._kafka is None:
            return self._keeper is not None
        task = getattr(self._kafka._coordinator, "_coordination_task", None)  # noqa: SLF001
        return task is not None and task.done()

    async def _commit(self) -> None:
        if self._kafka is None:
            return
        assigned = self._kafka.assignment()
        offsets = {place: offset for place, offset in self._done.items() if place in assigned}
        changed = dict(offsets.items() - self._committed.items())
        if changed:
            await self._kafka.commit(changed)
            self._committed.update(changed)
            crash_point("after_offset_commit")


async def _pass_through(records: Records) -> KafkaAckableMessage:
    return KafkaAckableMessage(
        raw_message=records, body=b"", headers={}, batch_headers=[], consumer=None
    )


async def _raw_records(message: KafkaAckableMessage) -> Records:
    return message.raw_message
