"""From a topic to validated payloads, and what tracing adds to that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from aidataops.events.annotation import LabelAccepted
from aidataops.messaging.consumer import Consumer
from aidataops.messaging.received import Received, read
from aidataops.observability.tracing import SpanRecorder
from aidataops.testing.probe.app import handlers
from tests.benchmarks.one_per_event import LenientLabel
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import BATCH, Stage, as_consumed, records


async def consume_and_validate(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """CPU of this process per record, from the topic to validated payloads."""
    prefix = f"c{uuid4().hex[:6]}."
    await stage.topics(prefix)
    topic = f"{prefix}annotation.labels"
    await stage.fill(topic, records(events))
    settings = stage.settings(prefix, "none")

    async def bare() -> float:
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=stage.bootstrap,
            group_id=uuid4().hex,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            return await _cpu_per_record(lambda: _drain_bare(consumer, events), events)
        finally:
            await consumer.stop()

    async def ours() -> float:
        counting = _Counting(events)
        consumer = Consumer(
            service=f"probe-{uuid4().hex}",
            topics=handlers.topics,
            settings=settings,
            processor=counting,
        )
        start = time.process_time()
        await consumer.start()
        try:
            await counting.started.wait()
            start = time.process_time()
            await counting.finished.wait()
            return (time.process_time() - start) / (events - counting.first) * 1e6
        finally:
            await consumer.stop()

    async def typed_list() -> float:
        broker = KafkaBroker(stage.bootstrap, logger=None)
        counting = _Counting(events)

        @broker.subscriber(
            topic,
            batch=True,
            max_records=BATCH,
            group_id=uuid4().hex,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
        )
        async def take(messages: list[LenientLabel]) -> None:
            counting.note(len(messages))

        await broker.start()
        try:
            await counting.started.wait()
            start = time.process_time()
            await counting.finished.wait()
            return (time.process_time() - start) / (events - counting.first) * 1e6
        finally:
            await broker.stop()

    return [
        await compare(
            "consume + validate",
            unit="µs CPU per record",
            figure=ours,
            baseline_name="bare aiokafka + model_validate_json",
            baseline=bare,
            at_most=2.0,
            rounds=rounds,
        ),
        await compare(
            "consume + validate",
            unit="µs CPU per record",
            figure=ours,
            baseline_name="FastStream list[Model] subscriber",
            baseline=typed_list,
            at_most=0.25,
            rounds=rounds,
        ),
    ]


async def tracing(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """What a span for every record adds to a batch of 500: CPU, with and without the exporter."""
    batch = [as_consumed(record, offset) for offset, record in enumerate(records(BATCH))]
    batches = max(1, events // BATCH)

    def once(recorder: SpanRecorder) -> float:
        start = time.thread_time()
        for _ in range(batches):
            begin = time.time_ns()
            received = [
                one
                for one in (read(r, handlers.payloads, traced=recorder.enabled) for r in batch)
                if one
            ]
            recorder.processed(
                [one for one in received if isinstance(one, Received)],
                start=begin,
                end=time.time_ns(),
            )
        return (time.thread_time() - start) / (batches * BATCH) * 1e6

    pairs = []
    for _ in range(rounds + 1):
        off = SpanRecorder("probe", None)
        on = SpanRecorder("probe", _Discarding())
        pairs.append((once(off), once(on)))
        on.close()
    pairs = pairs[1:]
    added = sorted(on - off for off, on in pairs)
    row = summarize("tracing every record", "µs per record", "tracing off", pairs)
    median = added[len(added) // 2]
    return [
        Ratio(
            **{
                **row.as_dict(),
                "goal": f"≤ 2 µs more (measured {median:+.2f})",
                "met": median <= 2.0,
            }  # type: ignore[arg-type]
        )
    ]


class _Counting:
    """A processor that only reads and validates; the clock starts after the first batch."""

    def __init__(self, expected: int) -> None:
        self.started = asyncio.Event()
        self.finished = asyncio.Event()
        self.first = 0
        self._seen = 0
        self._expected = expected

    def read(self, consumed: Sequence[Any]) -> int:
        for record in consumed:
            assert isinstance(read(record, handlers.payloads, traced=False), Received)
        return len(consumed)

    async def commit(self, batch: int) -> None:
        self.note(batch)

    def note(self, count: int) -> None:
        self._seen += count
        if not self.first:
            self.first = count
            self.started.set()
        if self._seen >= self._expected:
            self.finished.set()


class _Discarding(SpanExporter):
    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing to close."""


async def _cpu_per_record(work: Callable[[], Awaitable[int]], events: int) -> float:
    start = time.process_time()
    first = await work()
    return (time.process_time() - start) / (events - first) * 1e6


async def _drain_bare(consumer: AIOKafkaConsumer, events: int) -> int:
    seen = 0
    while seen < events:
        for batch in (await consumer.getmany(timeout_ms=500, max_records=BATCH)).values():
            for record in batch:
                LabelAccepted.model_validate_json(record.value)
            seen += len(batch)
    return 0
