"""From a failing evaluation to data work: how soon for one, how fast for a storm.

What was learned on the way:

- A storm of one cause cost more with every batch as long as each batch counted and listed all that
  had come before; adding up what is new makes the last batch cost what the first one did.
- Every batch locks and follows up its project anew: a round trip per question asked of it. A
  single failure of a new cause cost 28 statements, and 0.1 ms for every remediation that the
  project ever had, since all were loaded to follow up one; it costs 23 now, whatever there is
  besides. That, and no statistics, is what one failure waits for.
- Of the rest of a storm, a fifth was asking every event for fields that its type does not have (an
  ``AttributeError`` of pydantic each), another fifth naming one cause 500 times a batch: 64 ms of
  processor per batch became 40. A late failure of a judged run had all that run's failures read
  twice and row by row; read once and by slice, it costs 13 ms with 4000 others there, not 167.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from aidataops.database.migrate import provision
from aidataops.events.evaluation import EvaluationFailure, FailureCategory
from aidataops.events.feedback import RemediationRequested
from aidataops.messaging.application import Application
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.topics import create_topics
from aidataops.messaging.traceparent import follow
from aidataops.services import load_service, package_of
from aidataops.settings import Settings
from aidataops.testing.harness import url_of
from tests.benchmarks.latency import percentile
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import Stage

SERVICE = "feedback-router"
SOURCE, SINK = EvaluationFailure.topic, RemediationRequested.topic
WARM_UP = 25


async def routing_latency(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """From sending a failure of a new cause to seeing its remediation, at 50 a second."""
    pairs50: list[tuple[float, float]] = []
    pairs99: list[tuple[float, float]] = []
    for _ in range(rounds):
        async with _router(stage) as (prefix, _, _):
            through = await _latencies(stage, prefix, SINK, events)
            direct = await _latencies(stage, prefix, SOURCE, events)
        pairs50.append((percentile(direct, 0.5), percentile(through, 0.5)))
        pairs99.append((percentile(direct, 0.99), percentile(through, 0.99)))
    bare = "bare produce-consume"
    return [
        summarize("failure to remediation p50 at 50/s", "ms", bare, pairs50),
        summarize("failure to remediation p99 at 50/s", "ms", bare, pairs99),
    ]


async def storm(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """Failures of one cause a second, beside bare produce-consume and beside its own beginning."""
    shares: list[tuple[float, float]] = []

    async def ours() -> float:
        async with _router(stage, started=False) as (prefix, application, database):
            await stage.fill(prefix + SOURCE, [_record(_failure(n, one_cause=True)) for n in
                                              range(events)])  # fmt: skip
            start = time.perf_counter()
            await application.start()
            marks = await _marks(database, events)
            shares.append((marks[0], marks[1] - marks[0]))
            return events / (time.perf_counter() - start)

    async def bare() -> float:
        prefix = f"s{uuid4().hex[:6]}."
        await create_topics(stage.bootstrap, prefix=prefix, services=[SERVICE])
        outgoing = [_record(_failure(n, one_cause=True)) for n in range(events)]
        start = time.perf_counter()
        await stage.fill(prefix + SOURCE, outgoing)
        async with _consumer(stage, prefix + SOURCE, "earliest") as consumer:
            seen = 0
            while seen < events:
                found = await consumer.getmany(timeout_ms=200, max_records=500)
                seen += sum(len(records) for records in found.values())
        return events / (time.perf_counter() - start)

    rate = await compare(
        "storm of one cause",
        unit="failures/s",
        figure=ours,
        baseline_name="bare produce-consume",
        baseline=bare,
        rounds=rounds,
    )
    growth = summarize(
        "second half of a storm", "s", "its first half", shares[-rounds:], at_most=1.5
    )
    return [rate, growth]


@asynccontextmanager
async def _router(
    stage: Stage, *, started: bool = True
) -> AsyncIterator[tuple[str, Application, asyncpg.Connection]]:
    """The service on topics and a database of its own."""
    prefix, name = f"r{uuid4().hex[:6]}.", f"bench_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(stage.admin_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = f"{stage.admin_url.rpartition('/')[0]}/{name}"
    await provision(url, SERVICE, package_of(SERVICE))
    await create_topics(stage.bootstrap, prefix=prefix, services=[SERVICE])
    application = load_service(SERVICE)
    application.settings = Settings(
        kafka_bootstrap=stage.bootstrap,
        kafka_idempotence=stage.idempotence,
        topic_prefix=prefix,
        database_url=url_of(url, SERVICE),
    )
    database = await asyncpg.connect(url, server_settings={"search_path": "feedback_router"})
    try:
        if started:
            await application.start()
        yield prefix, application, database
    finally:
        await application.stop()
        await database.close()


async def _marks(database: asyncpg.Connection, events: int) -> tuple[float, float]:
    """Seconds from the first failure that counts until half of them do, and until all do."""
    first = half = 0.0
    async with asyncio.timeout(600):
        while True:
            known = await database.fetchval("SELECT coalesce(sum(failures), 0) FROM clusters")
            now = time.perf_counter()
            first = first or (now if known else 0.0)
            half = half or (now if known >= events // 2 else 0.0)
            if known >= events:
                return half - first, now - first
            await asyncio.sleep(0.01)


async def _latencies(stage: Stage, prefix: str, topic: str, events: int) -> list[float]:
    sent: dict[str, float] = {}
    found: list[float] = []
    total = events + WARM_UP
    producer = AIOKafkaProducer(bootstrap_servers=stage.bootstrap, acks="all")
    await producer.start()
    try:
        async with _consumer(stage, prefix + topic, "latest") as consumer:

            async def receive() -> None:
                async for record in consumer:
                    now = time.perf_counter()
                    for name in _failures_of(record.value, topic):
                        if name in sent:
                            found.append((now - sent.pop(name)) * 1000)
                    if len(found) >= total:
                        return

            receiving = asyncio.create_task(receive())
            seed = uuid4().hex[:8]
            for number in range(total):
                failure = _failure(number, seed=seed)
                outgoing = _record(failure)
                sent[failure.failure_id] = time.perf_counter()
                await producer.send(
                    prefix + SOURCE, outgoing.value, outgoing.key, headers=outgoing.headers
                )
                await asyncio.sleep(0.02)
            async with asyncio.timeout(60):
                await receiving
    finally:
        await producer.stop()
    return found[WARM_UP:]


@asynccontextmanager
async def _consumer(stage: Stage, topic: str, start: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stage.bootstrap, auto_offset_reset=start, fetch_max_wait_ms=50
    )
    await consumer.start()
    if start == "latest":
        await consumer.seek_to_end()
    try:
        yield consumer
    finally:
        await consumer.stop()


def _failures_of(value: bytes, topic: str) -> tuple[str, ...]:
    if topic == SOURCE:
        return (EvaluationFailure.model_validate_json(value).failure_id,)
    if b'"quota"' not in value:
        return ()
    return RemediationRequested.model_validate_json(value).failure_ids


def _failure(number: int, *, seed: str = "", one_cause: bool = False) -> EvaluationFailure:
    cause = "returns" if one_cause else f"{seed}-{number}"
    return EvaluationFailure(
        failure_id=f"{seed}-{number}",
        run_id="live" if one_cause else f"live-{seed}-{number}",
        project="support",
        model="acme/assistant",
        task="chat",
        sample_id=str(number),
        slices={"domain": cause, "language": "es"},
        category=FailureCategory.HALLUCINATION,
        metric="thumbs",
        score=0.0,
        prompt="¿Cuánto tiempo tengo para devolver un pedido?",
    )


def _record(failure: EvaluationFailure) -> OutgoingRecord:
    return encode(
        failure,
        event_id=str(uuid4()),
        source="/bench",
        time=datetime.now(UTC),
        traceparent=follow(None),
    )
