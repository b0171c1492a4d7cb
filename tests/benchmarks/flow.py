"""From a topic through inbox, effects and outbox to a topic, and the writes alone.

What was learned on the way:

- FastStream's batch subscriber with bytes passed through costs 1.7 × bare aiokafka; what is ours to
  save is in decoding headers and validating, so both are done once, in one loop, while the batch
  before commits.
- One outbox row a batch instead of one an event is worth a factor of ten. Compressed with LZ4
  before it is sent, the writes of a batch became 1.6 × faster: headers repeat.
- asyncpg's default pool reset is a round trip per batch; Python's garbage collector with its
  defaults took a third of a batch's time.
- End to end is bound by this process's CPU: about 50 µs an event. 38 of them are in one thread's
  stages: unpacking 4, reading 14 (validating 5), the pydantic answer 3, emitting 8, packing 2,
  appending 2, freeing 5. Keeping the trace as its header's bytes took 3 off reading. Neither other
  batch sizes (50 to 4000), nor switching the collector off, nor malloc's settings, nor COPY instead
  of arrays for the effects helped.
- A consumer has one fetch per broker under way: a busy topic waits for those of its quiet ones,
  half a second at most, a tenth since. Labels through annotation-intake: 4100 → 6600/s (median of
  3). One topic at 50/s does not feel it: p99 2.2 and 2.1 × with half a second, 2.5 and 1.7 since.
- Claiming by binary COPY costs the backend as much as by text (3.3 µs an event), 1 µs of Python
  either way. All of a service's own stages come to 23 µs of its 45 µs of CPU an event; the rest is
  aiokafka, asyncpg and the loop. The serial bound here is 16 µs.
- The goals against COPY were set where COPY ran at 31 - 40 k rows/s; where it runs at 140 k, the
  same runtime is a smaller part of it. Likewise latency: bare produce-consume took 9 ms there and
  takes 1.7 ms here, and a service is two of these and a commit.
"""

from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from aidataops.messaging import inbox, outbox
from aidataops.messaging.received import Received, read
from aidataops.testing.probe.app import create_app, handlers, keep
from tests.benchmarks.one_per_event import OnePerEvent
from tests.benchmarks.ratio import Ratio, compare
from tests.benchmarks.stage import BATCH, Stage, as_consumed, records


async def effects(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """The writes of a batch in one transaction (inbox, state, outbox), beside COPY of the events.

    Validating and encoding are not in it: they are in the rows before and after this one.
    """
    database = await stage.database()
    admin = await stage.connect(database)
    await admin.execute("CREATE TABLE plain (id uuid PRIMARY KEY, value bytea)")
    connection = await asyncpg.connect(
        stage.settings("", database).database_url,
        server_settings={"search_path": "probe", "jit": "off"},
    )

    async def ours() -> float:
        consumed = [
            read(as_consumed(record, offset), handlers.payloads)
            for offset, record in enumerate(records(events))
        ]
        received = [one for one in consumed if isinstance(one, Received)]
        answers = records(events)
        await stage.empty(database)
        published: list[int] = []
        start = time.perf_counter()
        for first in range(0, events, BATCH):
            async with connection.transaction():
                fresh = await inbox.claim(connection, received[first : first + BATCH])
                await keep(
                    connection, [one.payload for one in fresh], fresh[0].payload.submitted_at
                )
                row = await outbox.add(connection, answers[first : first + BATCH], published)
            published = [row] if row is not None else []
        return events / (time.perf_counter() - start)

    async def copy() -> float:
        rows = [(uuid4(), record.value) for record in records(events)]
        await admin.execute("TRUNCATE plain")
        await admin.execute("CHECKPOINT")
        start = time.perf_counter()
        for first in range(0, events, BATCH):
            await admin.copy_records_to_table("plain", records=rows[first : first + BATCH])
        return events / (time.perf_counter() - start)

    try:
        return [
            await compare(
                "inbox + state + outbox",
                unit="events/s",
                figure=ours,
                baseline_name="bare COPY into a keyed table, commit per 500",
                baseline=copy,
                at_least=0.6,
                rounds=rounds,
            )
        ]
    finally:
        await admin.close()
        await connection.close()


async def end_to_end(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """From a topic, through inbox, effects and outbox, to a topic."""
    database = await stage.database()
    plain = await stage.connect(database)
    await plain.execute("CREATE TABLE plain (id uuid PRIMARY KEY, value bytea)")

    async def ours() -> float:
        prefix = await filled(stage, events)
        await stage.empty(database)
        application = create_app(stage.settings(prefix, database, batch_size=1000))
        sink = f"{prefix}quality.findings"
        await application.start()
        try:
            return await rate_at(stage, sink, events)
        finally:
            await application.stop()

    async def one_transaction_each() -> float:
        few = max(200, events // 40)
        prefix = await filled(stage, few)
        await stage.empty(database)
        service = OnePerEvent(stage, prefix, database)
        await service.start()
        try:
            return await rate_at(stage, f"{prefix}quality.findings", few)
        finally:
            await service.stop()

    async def serial_bound() -> float:
        prefix = await filled(stage, events)
        consumer = AIOKafkaConsumer(
            f"{prefix}annotation.labels",
            bootstrap_servers=stage.bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        seen = 0
        rows: list[tuple[UUID, bytes]] = []
        first = time.perf_counter()
        try:
            while seen < events:
                for batch in (await consumer.getmany(timeout_ms=500, max_records=1000)).values():
                    if not seen:
                        first = time.perf_counter()
                    seen += len(batch)
                    rows += [(uuid4(), record.value) for record in batch]
            raw = events / (time.perf_counter() - first)
        finally:
            await consumer.stop()
        await plain.execute("TRUNCATE plain")
        await plain.execute("CHECKPOINT")
        start = time.perf_counter()
        for position in range(0, events, 1000):
            await plain.copy_records_to_table("plain", records=rows[position : position + 1000])
        copied = events / (time.perf_counter() - start)
        return 1 / (1 / raw + 1 / copied)

    try:
        return [
            await compare(
                "end to end",
                unit="events/s",
                figure=ours,
                baseline_name="the same service, one transaction per event",
                baseline=one_transaction_each,
                at_least=70,
                rounds=rounds,
            ),
            await compare(
                "end to end",
                unit="events/s",
                figure=ours,
                baseline_name="serial bound 1/(1/consume + 1/COPY)",
                baseline=serial_bound,
                at_least=0.7,
                rounds=rounds,
            ),
        ]
    finally:
        await plain.close()


async def filled(stage: Stage, events: int, *, partitions: int = 1) -> str:
    """The prefix of fresh topics with so many labels to read."""
    prefix = f"e{uuid4().hex[:6]}."
    await stage.topics(prefix, partitions)
    await stage.fill(f"{prefix}annotation.labels", records(events), partitions)
    return prefix


async def rate_at(stage: Stage, sink: str, events: int, *, partitions: int = 1) -> float:
    """Events per second on the sink, from the first look that finds some to the last event.

    Looks at the end offset and does not consume: the sink must not take the service's processor.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.bootstrap)
    await consumer.start()
    places = [TopicPartition(sink, number) for number in range(partitions)]
    seen = skipped = 0
    first = 0.0
    try:
        async with asyncio.timeout(300):
            while seen < events:
                seen = sum((await consumer.end_offsets(places)).values())
                if seen and not first:
                    first, skipped = time.perf_counter(), seen
                await asyncio.sleep(0.02)
        return (events - skipped) / (time.perf_counter() - first)
    finally:
        await consumer.stop()
