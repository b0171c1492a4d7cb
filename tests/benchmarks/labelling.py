"""Labels through annotation-intake: from ``annotation.inbound`` to ``label_accepted``.

What was learned: a label costs what is judged by it (its task's lock, all its revisions, the places
that are left), not what is written; the statements are the same for 1 label and for 1000, so that
the ratio grows with the batch. A prepared statement keeps the plan it got while its tables were
small: one that joined from the wrong side read every label for every batch, quadratic in all, until
rows were looked up by key (``OFFSET 0`` in ``queries``): 315 labels/s became about 1000 on the
same laden machine, 2.3 s of Postgres' time for 10 000 labels became 0.7 s, Python's 1.8 s are left.

A third of the time nothing was done: aiokafka has one fetch under way per broker, and that of the
quiet topics was kept for 500 ms while the labels had run out. At 100 ms
(``FETCH_WAIT_MILLISECONDS``) and with what follows, 4100 labels/s became 6600 (medians of 3, in
turn with the old code, load 1 to 2; single rounds 4500 to 7000). The row itself, 3 rounds after
another, said 0.036 × before and 0.038 × after, 3500 and 4600 labels/s: its baseline moved by as
much as its figure. Of the service alone, without Kafka, a label took 121 µs of Python and 59 of
Postgres, and takes 112 and 51 (medians of 5, in turn, load 2; at best 108 and 53, 93 and 49): two
look-ups of a label instead of three, no sort (37 ms became 22 for 5000 of them), labels written
twice on one page (all of them, instead of one in eight), nothing worked out for a label that
stands as it is written down. The rest is spread thin: announcing 21 µs, judging 13, reading events
8, ids and digests 7, and 16 of Postgres for the insert of submissions with its five indexes. Tried
and left: label ids and digests inside the JSON document (no gain), ids without ``json.dumps``
(half a µs). Next: lean rows for settled labels, perhaps 20 µs; Python waits while Postgres works,
for one batch commits at a time.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.database.migrate import provision
from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    LabelSchema,
    LabelSubmitted,
    ProjectDefined,
)
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import ItemAccepted
from aidataops.messaging.application import Application
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.topics import names
from aidataops.settings import Settings
from aidataops.testing.harness import url_of
from annotation_intake.app import create_app
from annotation_intake.domain.identity import batch_of_remediation, task_of
from tests.benchmarks.latency import percentile
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import Stage

SERVICE = "annotation-intake"
OVERLAP = 5
PART = 1000
"""Items that one remediation names."""


async def labelling(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """Labels a second beside a bare consumer, and the time of one label at 50 a second."""
    items = events // OVERLAP

    async def ours() -> float:
        async with _Intake(stage, items) as intake:
            await stage.fill(intake.inbound, intake.labels())
            return await intake.rate(events)

    async def bare() -> float:
        prefix = f"b{uuid4().hex[:6]}."
        await _create_topics(stage, prefix)
        topic = f"{prefix}annotation.inbound"
        await stage.fill(topic, [_encode(_label("batch", number, 0)) for number in range(events)])
        return await _consume(stage, topic, events)

    rate = await compare(
        "labels accepted",
        unit="labels/s",
        figure=ours,
        baseline_name="bare aiokafka getmany + model_validate_json",
        baseline=bare,
        rounds=rounds,
    )
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds):
        async with _Intake(stage, 300) as intake:
            pairs.append(await intake.latencies(300))
    bare_consumer = "the same label read from annotation.inbound"
    return [rate, summarize("label p99 at 50/s", "ms", bare_consumer, pairs)]


class _Intake:
    """The service at work on one project, in topics and a database of its own."""

    def __init__(self, stage: Stage, items: int) -> None:
        self._stage = stage
        self._items = items
        self.prefix = f"a{uuid4().hex[:6]}."
        self.inbound = f"{self.prefix}annotation.inbound"
        self._application: Application | None = None

    async def __aenter__(self) -> _Intake:
        stage = self._stage
        await _create_topics(stage, self.prefix)
        name = f"bench_{uuid4().hex[:8]}"
        admin = await asyncpg.connect(stage.admin_url)
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        url = f"{stage.admin_url.rpartition('/')[0]}/{name}"
        await provision(url, SERVICE, "annotation_intake")
        application = create_app()
        application.settings = Settings(
            kafka_bootstrap=stage.bootstrap,
            kafka_idempotence=stage.idempotence,
            topic_prefix=self.prefix,
            database_url=url_of(url, SERVICE),
            batch_size=1000,
        )
        self._application = application
        await self._tell(_project(self._items))
        await application.start()
        wanted = self._items
        async with asyncio.timeout(120):
            while await application.pool.fetchval("SELECT count(*) FROM tasks") < wanted:
                await asyncio.sleep(0.1)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._application is not None:
            await self._application.stop()

    def labels(self) -> list[OutgoingRecord]:
        """A label of each annotator for each item."""
        return [
            _encode(_label(_batch_of(item), item, annotator))
            for annotator in range(OVERLAP)
            for item in range(self._items)
        ]

    async def _tell(self, payloads: list[Payload]) -> None:
        by_topic: dict[str, list[OutgoingRecord]] = {}
        for record in map(_encode, payloads):
            by_topic.setdefault(self.prefix + record.topic, []).append(record)
        for topic, records in by_topic.items():
            await self._stage.fill(topic, records)

    async def rate(self, events: int) -> float:
        """Accepted labels a second, from the first that is there to the last."""
        assert self._application is not None
        count = "SELECT count(*) FROM labels WHERE status = 'accepted'"
        first, skipped = 0.0, 0
        async with asyncio.timeout(300):
            while True:
                seen = await self._application.pool.fetchval(count)
                if seen and not first:
                    first, skipped = time.perf_counter(), seen
                if seen >= events:
                    return (events - skipped) / (time.perf_counter() - first)
                await asyncio.sleep(0.02)

    async def latencies(self, events: int) -> tuple[float, float]:
        """p99 in ms from send to ``label_submitted`` read, and to ``label_accepted`` read."""
        sent: dict[str, float] = {}
        direct: list[float] = []
        through: list[float] = []
        producer = AIOKafkaProducer(bootstrap_servers=self._stage.bootstrap, acks="all")
        consumer = AIOKafkaConsumer(
            self.inbound,
            f"{self.prefix}annotation.labels",
            bootstrap_servers=self._stage.bootstrap,
            auto_offset_reset="latest",
        )
        await producer.start()
        await consumer.start()
        await consumer.seek_to_end()

        async def receive() -> None:
            async for record in consumer:
                now = time.perf_counter()
                if record.topic == self.inbound:
                    task = LabelSubmitted.model_validate_json(record.value).task_id
                    direct.append((now - sent[task]) * 1000)
                else:
                    task = LabelAccepted.model_validate_json(record.value).task_id
                    through.append((now - sent[task]) * 1000)
                if len(through) >= events:
                    return

        receiving = asyncio.create_task(receive())
        try:
            for item in range(events):
                label = _label(_batch_of(item), item, 0)
                record = _encode(label)
                sent[label.task_id] = time.perf_counter()
                await producer.send(self.inbound, record.value, record.key, headers=record.headers)
                await asyncio.sleep(0.02)
            async with asyncio.timeout(30):
                await receiving
        finally:
            receiving.cancel()
            await consumer.stop()
            await producer.stop()
        return percentile(direct[25:], 0.99), percentile(through[25:], 0.99)


async def _consume(stage: Stage, topic: str, events: int) -> float:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stage.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    seen, first, skipped = 0, 0.0, 0
    try:
        while seen < events:
            for batch in (await consumer.getmany(timeout_ms=500, max_records=1000)).values():
                for record in batch:
                    LabelSubmitted.model_validate_json(record.value)
                seen += len(batch)
                if not first:
                    first, skipped = time.perf_counter(), seen
        return (events - skipped) / (time.perf_counter() - first)
    finally:
        await consumer.stop()


async def _create_topics(stage: Stage, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(prefix + name, 1, 1) for name in names([SERVICE])])
    finally:
        await admin.close()


def _project(items: int) -> list[Payload]:
    told: list[Payload] = [
        ProjectDefined(
            project="bench",
            name="bench",
            dataset="bench",
            label_schema=LabelSchema(categories=("correct", "incorrect")),
            guideline_version="1.0.0",
            overlap=OVERLAP,
            golden_rate=0.0,
            accountable="lead",
        ),
        GuidelinePublished(project="bench", guideline_version="1.0.0", signed_off_by="sme"),
    ]
    told += [
        ItemAccepted(
            item_id=f"i{number}",
            project="bench",
            source_id="s",
            content_hash=f"{number:064}",
            text="¿Cuánto tiempo tengo para devolver un pedido?",
            slices={"domain": "returns", "language": "es"},
            licence="CC0-1.0",
        )
        for number in range(items)
    ]
    told += [
        RemediationApproved(
            remediation_id=f"r{start}",
            project="bench",
            kind="annotate",
            slices={},
            item_ids=tuple(f"i{number}" for number in range(start, min(start + PART, items))),
            approved_by="lead",
        )
        for start in range(0, items, PART)
    ]
    return told


def _batch_of(item: int) -> str:
    return batch_of_remediation("bench", f"r{item // PART * PART}")


def _label(batch: str, item: int, annotator: int) -> LabelSubmitted:
    return LabelSubmitted(
        vendor="acme-labels",
        annotation_id=f"a-{item}-{annotator}",
        task_id=task_of(batch, f"i{item}"),
        annotator=f"acme-{annotator}",
        value="correct",
        guideline_version="1.0.0",
        submitted_at=datetime(2026, 1, 1, 9, annotator, tzinfo=UTC),
        duration_seconds=12.5,
    )


def _encode(payload: Payload) -> OutgoingRecord:
    return encode(
        payload, event_id=str(uuid4()), source="/bench", time=datetime(2026, 1, 1, tzinfo=UTC)
    )
