"""How long one event takes at 50 a second."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from aidataops.events.annotation import LabelAccepted
from aidataops.messaging.cloudevents import encode
from aidataops.messaging.handlers import Origin
from aidataops.testing.probe.app import create_app
from tests.benchmarks.ratio import Ratio, summarize
from tests.benchmarks.stage import Stage, label


async def latency(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """From send to receipt of the answer at 50 events a second, beside bare produce-consume."""
    database = await stage.database()
    pairs50: list[tuple[float, float]] = []
    pairs99: list[tuple[float, float]] = []
    for _ in range(rounds):
        prefix = f"l{uuid4().hex[:6]}."
        await stage.topics(prefix)
        await stage.empty(database)
        direct = await _latencies(stage, prefix, "annotation.labels", events)
        application = create_app(stage.settings(prefix, database))
        await application.start()
        try:
            through = await _latencies(stage, prefix, "quality.findings", events)
        finally:
            await application.stop()
        pairs50.append((percentile(direct, 0.5), percentile(through, 0.5)))
        pairs99.append((percentile(direct, 0.99), percentile(through, 0.99)))
    bare = "bare produce-consume"
    return [
        summarize("latency p50 at 50/s", "ms", bare, pairs50, at_most=1.5),
        summarize("latency p99 at 50/s", "ms", bare, pairs99, at_most=2.0),
    ]


async def _latencies(stage: Stage, prefix: str, sink: str, events: int) -> list[float]:
    consumer = AIOKafkaConsumer(
        prefix + sink, bootstrap_servers=stage.bootstrap, auto_offset_reset="latest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=stage.bootstrap, acks="all")
    await consumer.start()
    await producer.start()
    await consumer.seek_to_end()
    sent: dict[str, float] = {}
    found: list[float] = []
    warm_up = 25

    async def receive() -> None:
        async for record in consumer:
            item = (
                LabelAccepted.model_validate_json(record.value).label_id
                if (sink == "annotation.labels")
                else str(dict(record.headers)["ce_causationid"].decode())
            )
            if item in sent:
                found.append((time.perf_counter() - sent.pop(item)) * 1000)
            if len(found) >= events + warm_up:
                return

    receiving = asyncio.create_task(receive())
    try:
        for number in range(events + warm_up):
            origin = Origin.of(str(uuid4()))
            event = label(number, seed=hash(prefix + sink) & 0xFFFF)
            outgoing = encode(
                event, event_id=origin.event_id, source="/bench", time=event.submitted_at
            )
            sent[event.label_id if sink == "annotation.labels" else origin.event_id] = (
                time.perf_counter()
            )
            await producer.send(
                prefix + outgoing.topic, outgoing.value, outgoing.key, headers=outgoing.headers
            )
            await asyncio.sleep(0.02)
        async with asyncio.timeout(30):
            await receiving
    finally:
        receiving.cancel()
        await consumer.stop()
        await producer.stop()
    return found[warm_up:]


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
