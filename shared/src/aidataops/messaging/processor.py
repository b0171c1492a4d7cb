"""A polled batch in one transaction: inbox, effects, outbox; and what happens when it fails."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import asyncpg
import structlog

from aidataops.clock import Clock
from aidataops.errors import AidataopsError, FatalError
from aidataops.messaging import dead_letters, inbox, outbox
from aidataops.messaging.crash_points import crash_point
from aidataops.messaging.failures import judge
from aidataops.messaging.handlers import Handlers, UnitOfWork
from aidataops.messaging.publisher import Publisher
from aidataops.messaging.received import Received, Rejected, read
from aidataops.observability.metrics import Metrics
from aidataops.observability.tracing import SpanRecorder
from aidataops.settings import Settings

log = structlog.get_logger()

_type_of = attrgetter("type")

UNKNOWN_TRIES = 3
"""An exception nobody classified gets so many tries before its event is a dead letter."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought, read: when (nanoseconds since the epoch), and what it came to."""

    start: int
    events: list[Received[Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[Any] = field(default_factory=list)


class Processor:
    """Turns polled records into committed effects."""

    def __init__(
        self,
        *,
        service: str,
        handlers: Handlers,
        settings: Settings,
        pool: asyncpg.Pool,
        publisher: Publisher,
        clock: Clock,
        metrics: Metrics,
        spans: SpanRecorder,
    ) -> None:
        self._service = service
        self._handlers = handlers
        self._settings = settings
        self._pool = pool
        self._publisher = publisher
        self._clock = clock
        self._metrics = metrics
        self._spans = spans
        self._rejections: deque[float] = deque()

    async def process(self, records: Sequence[Any]) -> None:
        """Read and commit one batch."""
        await self.commit(self.read(records))

    def read(self, records: Sequence[Any]) -> Batch:
        """Decode and validate; nothing is awaited, so it can go on while another batch commits."""
        batch = Batch(time.time_ns())
        for record in records:
            result = read(record, self._handlers.payloads, traced=self._spans.enabled)
            if isinstance(result, Received):
                batch.events.append(result)
            elif result is None:
                batch.ignored.append(record)
            else:
                batch.rejected.append(result)
        return batch

    async def commit(self, batch: Batch) -> None:
        """Commit the effects of a batch, or dead letters for what has none.

        When this returns, every record has come to its end and the offsets may be committed. Raises
        the last transient error after ``retry_seconds`` of trying (read the batch again later), and
        ``FatalError`` when the service has to stop.
        """
        await self._publisher.room(timeout=self._settings.retry_seconds or 0.001)
        deadline = time.monotonic() + self._settings.retry_seconds
        fresh = await self._commit_all(batch.events, batch.rejected, deadline)
        end = time.time_ns()
        self._spans.processed(batch.events, start=batch.start, end=end)
        self._count(batch, fresh, end - batch.start)

    async def _commit_all(
        self, events: list[Received[Any]], rejected: list[Rejected], deadline: float
    ) -> int:
        try:
            return await self._try(events, rejected, deadline, unknown_tries=1)
        except Exception as error:
            if judge(error) in ("transient", "fatal"):
                raise
            log.warning("A batch failed and is taken apart.", records=len(events), **_facts(error))
        self._metrics.add("aidataops_fallbacks_total")
        fresh = 0
        failed: list[Received[Any]] = []
        for event in events:
            try:
                fresh += await self._try([event], [], deadline, unknown_tries=UNKNOWN_TRIES)
            except Exception as error:
                if judge(error) in ("transient", "fatal"):
                    raise
                rejected.append(Rejected.after(event, error))
                failed.append(event)
        for event in failed:
            events.remove(event)
        await self._try([], rejected, deadline, unknown_tries=UNKNOWN_TRIES)
        return fresh

    async def _try(
        self,
        events: Sequence[Received[Any]],
        rejected: Sequence[Rejected],
        deadline: float,
        *,
        unknown_tries: int,
    ) -> int:
        """One transaction, again and again while the reason is transient and there is time."""
        delay = 0.02
        tries = 0
        while True:
            tries += 1
            try:
                return await self._transact(events, rejected)
            except Exception as error:
                self._publisher.doubt()
                verdict = judge(error)
                late = time.monotonic() + delay > deadline
                again = verdict == "transient" or (verdict == "unknown" and tries < unknown_tries)
                if late or not again:
                    raise
                self._metrics.add("aidataops_retries_total")
                log.info("Trying a batch again.", delay=delay, **_facts(error))
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(delay * 2, 2.0)

    async def _transact(self, events: Sequence[Received[Any]], rejected: Sequence[Rejected]) -> int:
        self._refuse_flood(len(rejected))
        async with self._publisher.published() as published, self._pool.acquire() as connection:
            async with connection.transaction():
                work = UnitOfWork(self._service, connection, self._clock.now())
                fresh = await inbox.claim(connection, events) if events else ()
                await self._publisher.adopt(connection, overtaken=len(fresh) < len(events))
                crash_point("after_inbox")
                await self._handlers.run(fresh, work)
                await dead_letters.resolve(connection, events)
                if rejected:
                    work.records += await dead_letters.add(
                        connection,
                        rejected,
                        service=self._service,
                        prefix=self._settings.topic_prefix,
                    )
                row = await outbox.add(connection, work.records, published)
                crash_point("in_transaction")
            crash_point("after_commit")
        if row is not None:
            self._publisher.enqueue(row, work.records)
        for event_type, count in Counter(map(_type_of, work.payloads)).items():
            self._metrics.add("aidataops_emitted_total", count, type=event_type)
        self._note_rejections(rejected)
        return len(fresh)

    def _refuse_flood(self, more: int) -> None:
        now = time.monotonic()
        while self._rejections and self._rejections[0] < now - 60:
            self._rejections.popleft()
        limit = self._settings.dead_letters_per_minute
        if more and len(self._rejections) + more > limit:
            raise FatalError(
                f"{len(self._rejections) + more} records of the last minute could not be handled, "
                f"more than AIDATAOPS_DEAD_LETTERS_PER_MINUTE={limit}: nothing more is read. Look "
                f"at `aidataops dlq list {self._service}`; mend the cause, or raise the limit, and "
                "restart"
            )

    def _note_rejections(self, rejected: Sequence[Rejected]) -> None:
        self._rejections.extend([time.monotonic()] * len(rejected))
        for one in rejected:
            log.warning(
                "A record went to the dead letters.",
                code=one.code,
                reason=one.reason[:500],
                topic=one.record.topic,
                partition=one.record.partition,
                offset=one.record.offset,
                event_id=one.event_id,
                trace_id=one.trace_id,
            )

    def _count(self, batch: Batch, fresh: int, nanoseconds: int) -> None:
        outcomes = (
            ("processed", [event.record.topic for event in batch.events]),
            ("dead_letter", [one.record.topic for one in batch.rejected]),
            ("ignored", [record.topic for record in batch.ignored]),
        )
        for outcome, topics in outcomes:
            for topic, count in Counter(topics).items():
                self._metrics.add("aidataops_records_total", count, topic=topic, outcome=outcome)
        duplicates = len(batch.events) - fresh
        if duplicates:
            self._metrics.add("aidataops_records_total", duplicates, topic="*", outcome="duplicate")
        self._metrics.observe("aidataops_batch_seconds", nanoseconds / 1e9)
        self._metrics.observe("aidataops_batch_records", sum(len(topics) for _, topics in outcomes))


def _facts(error: Exception) -> dict[str, object]:
    if isinstance(error, AidataopsError):
        return error.to_logging_context()
    return {"error": repr(error)}
