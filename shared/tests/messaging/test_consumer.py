"""The runtime against a real broker: from a record on a topic to a record on a topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from aidataops.database.migrate import provision
from aidataops.events.annotation import LabelAccepted
from aidataops.messaging import Application
from aidataops.messaging.cloudevents import encode
from aidataops.messaging.outbox import add, pack
from aidataops.settings import Settings
from aidataops.testing.harness import url_of
from aidataops.testing.probe.app import create_app

TOPICS = ("annotation.labels", "quality.findings", "annotation.labels.probe.dlq")


def label(number: int) -> LabelAccepted:
    return LabelAccepted(
        label_id=f"label-{number}",
        revision=1,
        project="support",
        task_id=f"task-{number}",
        batch_id="batch-1",
        item_id=f"item-{number % 50}",
        annotator="acme-1",
        vendor="acme",
        pool="default",
        guideline_version="1.0.0",
        cohort="acme/default/1.0.0/batch-1",
        value="correct",
        submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class World:
    """A broker's topics, a database, and probes between them."""

    def __init__(self, bootstrap: str, prefix: str, idempotence: bool, admin_url: str) -> None:
        self.bootstrap, self.prefix, self.admin_url = bootstrap, prefix, admin_url
        self.settings = Settings(
            kafka_bootstrap=bootstrap,
            kafka_idempotence=idempotence,
            topic_prefix=prefix,
            database_url=url_of(admin_url, "probe"),
            relay_grace_seconds=1,
            poll_milliseconds=200,
            session_timeout_seconds=6,
            batch_size=100,
        )

    async def prepare(self, partitions: int = 2) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics(
                [NewTopic(self.prefix + topic, partitions, 1) for topic in TOPICS]
            )
        finally:
            await admin.close()
        await provision(self.admin_url, "probe", "aidataops.testing.probe")

    @asynccontextmanager
    async def probe(self) -> AsyncIterator[Application]:
        application = create_app(self.settings)
        await application.start()
        try:
            yield application
        finally:
            await application.stop()

    async def publish(self, *labels: LabelAccepted, ids: list[str] | None = None) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            for position, payload in enumerate(labels):
                record = encode(
                    payload,
                    event_id=ids[position] if ids else str(uuid4()),
                    source="/tests",
                    time=datetime.now(UTC),
                )
                await producer.send(
                    self.prefix + record.topic, record.value, record.key, headers=record.headers
                )
            await producer.flush()
        finally:
            await producer.stop()

    async def read(self, topic: str, count: int) -> list[ConsumerRecord[bytes, bytes]]:
        """The first ``count`` records of a topic, within 30 seconds, and what else is there."""
        consumer = AIOKafkaConsumer(
            self.prefix + topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: list[ConsumerRecord[bytes, bytes]] = []
        try:
            async with asyncio.timeout(30):
                while len(found) < count:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        found += records
        finally:
            await consumer.stop()
        return found

    async def fetchval(self, query: str) -> int:
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": "probe"})
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()


async def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return
            await asyncio.sleep(0.05)


async def test_labels_become_effects_and_answers_once(world: World) -> None:
    await world.prepare()
    ids = [str(uuid4()) for _ in range(300)]
    labels = [label(number) for number in range(300)]
    async with world.probe() as probe:
        await world.publish(*labels, *labels[:100], ids=[*ids, *ids[:100]])
        answers = await world.read("quality.findings", 300)
        await eventually(lambda: probe.publisher.idle)
        assert len({record.key for record in answers}) == 1
        assert len(answers) == 300
    assert await world.fetchval("SELECT count(*) FROM effects") == 300
    assert await world.fetchval("SELECT count(*) FROM inbox") == 300
    assert await world.fetchval("SELECT count(*) FROM outbox") == 0


async def test_restarted_service_goes_on_where_it_was(world: World) -> None:
    await world.prepare()
    async with world.probe():
        await world.publish(*(label(number) for number in range(50)))
        await world.read("quality.findings", 50)
    await world.publish(*(label(number) for number in range(50, 80)))
    async with world.probe():
        answers = await world.read("quality.findings", 80)
    assert len(answers) == 80
    assert await world.fetchval("SELECT count(*) FROM effects") == 80


async def test_relay_publishes_what_a_crash_left_in_the_outbox(world: World) -> None:
    await world.prepare()
    record = encode(label(1), event_id=str(uuid4()), source="/tests", time=datetime.now(UTC))
    left = record._replace(topic="quality.findings")
    connection = await asyncpg.connect(world.admin_url, server_settings={"search_path": "probe"})
    try:
        await add(connection, [left], [])
        await connection.execute("UPDATE outbox SET created_at = now() - interval '1 hour'")
    finally:
        await connection.close()
    async with world.probe():
        (published,) = await world.read("quality.findings", 1)
        await eventually(lambda: world.fetchval("SELECT (count(*) = 0)::int FROM outbox"))
    assert published.value == record.value
    assert dict(published.headers) == dict(record.headers)
    assert pack([left])


async def test_two_members_share_the_work(world: World) -> None:
    await world.prepare(partitions=2)
    async with world.probe() as one, world.probe() as two:
        await eventually(
            lambda: (
                one.consumer
                and two.consumer
                and one.consumer.assigned == 1
                and two.consumer.assigned == 1
            )
        )
        await world.publish(*(label(number) for number in range(400)))
        await world.read("quality.findings", 400)
    assert await world.fetchval("SELECT count(*) FROM effects") == 400


async def test_readiness_names_each_check(world: World) -> None:
    await world.prepare()
    async with world.probe() as probe:
        transport = httpx.ASGITransport(app=probe.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
            await world.publish(label(1))
            await world.read("quality.findings", 1)
            ready = await client.get("/readyz")
            assert ready.status_code == 200, ready.text
            assert ready.json()["checks"]["consumer"]["assigned_partitions"] == 2
            text = (await client.get("/metrics")).text
            assert 'aidataops_records_total{outcome="processed",service="probe"' in text
            contract = (await client.get("/asyncapi")).json()
            assert "receiveLabelAccepted" in contract["operations"]
            assert probe.clock.now() - datetime.now(UTC) < timedelta(seconds=1)


async def test_record_that_kafka_client_cannot_parse_costs_nothing(world: World) -> None:
    """Neither its own event, nor those that were polled together with it from elsewhere."""
    await world.prepare(partitions=2)
    await world.publish(*(label(number) for number in range(150)))
    await send_header_that_is_no_text(world, label(1000), label(1001))
    await world.publish(*(label(number) for number in range(150, 300)))
    async with world.probe():
        await world.read("quality.findings", 302)
    assert await world.fetchval("SELECT count(*) FROM effects") == 302
    assert await world.fetchval("SELECT count(*) FROM dead_letters") == 0


class NotText(str):
    """A header name as a client in another language may write it."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


async def send_header_that_is_no_text(world: World, *labels: LabelAccepted) -> None:
    """One record on each partition, with a header whose name aiokafka refuses to decode."""
    producer = AIOKafkaProducer(bootstrap_servers=world.bootstrap)
    await producer.start()
    try:
        for partition, payload in enumerate(labels):
            record = encode(payload, event_id=str(uuid4()), source="/tests", time=datetime.now(UTC))
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 100_000)
            batch.append(
                key=record.key,
                value=record.value,
                timestamp=None,
                headers=[*record.headers, (NotText("name"), b"x")],
            )
            topic = world.prefix + record.topic
            await (await producer.send_batch(batch, topic, partition=partition))
    finally:
        await producer.stop()
