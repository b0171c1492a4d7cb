"""What the runtime is measured on: a broker, a database, and 695-byte label events."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.database.migrate import provision
from aidataops.events.annotation import LabelAccepted
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.traceparent import follow
from aidataops.settings import Settings
from aidataops.testing.harness import url_of

BATCH = 500
VALUE_BYTES = 695


def label(number: int, *, seed: int = 0) -> LabelAccepted:
    """A label event whose JSON has about ``VALUE_BYTES`` bytes."""
    chance = random.Random(number * 1009 + seed)
    batch = f"{chance.getrandbits(128):032x}"
    event = LabelAccepted(
        label_id=f"{chance.getrandbits(128):032x}",
        revision=1,
        project="support",
        task_id=f"{chance.getrandbits(128):032x}",
        batch_id=batch,
        item_id=f"{chance.getrandbits(128):032x}",
        annotator=f"acme-{number % 40}",
        vendor="acme-labels",
        pool="spanish",
        guideline_version="1.0.0",
        cohort=f"acme-labels/spanish/1.0.0/{batch}",
        value="correct",
        slices={"domain": "returns", "language": "es", "capability": "refund", "risk": "low"},
        submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_seconds=12.5,
    )
    missing = VALUE_BYTES - len(event.model_dump_json(exclude_none=True)) - len(',"note":""')
    return event.model_copy(update={"slices": {**event.slices, "note": "x" * max(1, missing)}})


def records(count: int, *, seed: int = 0) -> list[OutgoingRecord]:
    """Encoded label events with ids of their own."""
    now = datetime.now(UTC)
    return [
        encode(
            label(number, seed=seed),
            event_id=str(uuid4()),
            source="/bench",
            time=now,
            traceparent=follow(None),
        )
        for number in range(count)
    ]


@dataclass(frozen=True)
class Stage:
    """Addresses of real servers; every measurement has a prefix and a database of its own."""

    bootstrap: str
    admin_url: str
    idempotence: bool

    def settings(self, prefix: str, database: str, *, batch_size: int = BATCH) -> Settings:
        return Settings(
            kafka_bootstrap=self.bootstrap,
            kafka_idempotence=self.idempotence,
            topic_prefix=prefix,
            database_url=url_of(self._url(database), "probe"),
            batch_size=batch_size,
        )

    async def topics(self, prefix: str, partitions: int = 1) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics(
                [
                    NewTopic(prefix + name, partitions, 1)
                    for name in (
                        "annotation.labels",
                        "quality.findings",
                        "annotation.labels.probe.dlq",
                    )
                ]
            )
        finally:
            await admin.close()

    async def database(self) -> str:
        """A fresh database with the probe's schema; returns its name."""
        name = f"bench_{uuid4().hex[:8]}"
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        await provision(self._url(name), "probe", "aidataops.testing.probe")
        return name

    async def empty(self, database: str) -> None:
        """Forget every effect, and let the next measurement start without a backlog of writes."""
        connection = await self.connect(database)
        try:
            await connection.execute("TRUNCATE inbox, outbox, effects, dead_letters")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()

    async def connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(self._url(database), server_settings={"search_path": "probe"})

    async def fill(self, topic: str, outgoing: list[OutgoingRecord], partitions: int = 1) -> None:
        """Put records on a topic, spread over its partitions."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, max_batch_size=500_000, linger_ms=5
        )
        await producer.start()
        try:
            for number, record in enumerate(outgoing):
                await producer.send(
                    topic,
                    record.value,
                    record.key,
                    partition=number % partitions,
                    headers=record.headers,
                )
            await producer.flush()
        finally:
            await producer.stop()

    async def end(self, topic: str) -> int:
        """The end offset of a topic's only partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            place = TopicPartition(topic, 0)
            return int((await consumer.end_offsets([place]))[place])
        finally:
            await consumer.stop()

    def _url(self, database: str) -> str:
        return f"{self.admin_url.rpartition('/')[0]}/{database}"


def as_consumed(record: OutgoingRecord, offset: int) -> Any:
    return ConsumerRecord(
        record.topic, 0, offset, 0, 0, record.key, record.value, None, 0, 0, tuple(record.headers)
    )
