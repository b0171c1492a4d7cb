"""What a service has done: offsets, topics, tables, read in an order that keeps it consistent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from aidataops.database.migrate import schema_of
from aidataops.events import PAYLOADS, Payload
from aidataops.messaging.outbox import unpack
from tests.faults.invariants import Derived, Effect, Letter, Observation, Partition, Place
from tests.faults.loads.load import Load

READ_DEADLINE_S = 30.0
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LETTERS = "SELECT identity, topic, kafka_partition, kafka_offset FROM dead_letters"

Topics = Sequence[str]


@dataclass(frozen=True)
class Service:
    """Which topics a service reads and writes; without prefix."""

    name: str
    consumes: Topics
    emits: Topics

    @property
    def dead_letter_topics(self) -> Topics:
        """One per consumed topic."""
        return [f"{topic}.{self.name}.dlq" for topic in self.consumes]

    @property
    def topics(self) -> Topics:
        """All of them, each once."""
        return sorted({*self.consumes, *self.emits, *self.dead_letter_topics})


class Observer:
    """Reads one service's traces; never writes."""

    def __init__(
        self, service: Service, load: Load, *, bootstrap: str, prefix: str, admin_url: str
    ) -> None:
        self._service = service
        self._load = load
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._admin_url = admin_url
        self._connection: asyncpg.Connection | None = None

    async def observe(self, *, settled: bool, seconds: float = 0.0) -> Observation:
        """Everything at one moment.

        What is committed in the database is the last thing read: whatever the service did on Kafka
        before that, it must have committed by then.
        """
        async with asyncio.timeout(READ_DEADLINE_S):
            committed, ends = await self.offsets()
            records = await self._read(
                sorted({*self._service.emits, *self._service.dead_letter_topics})
            )
            effects, inbox, letters, outbox = await self._tables()
        waiting = [record for row in outbox for record in unpack(row["records"])]
        return Observation(
            settled=settled,
            seconds=seconds,
            effects=effects,
            inbox=inbox,
            letters=letters,
            letter_records=[
                _place_in_header(dict(one.headers), self._prefix)
                for one in (*records, *waiting)
                if one.topic.endswith(".dlq")
            ],
            derived=self._derived(records),
            outbox=self._derived(waiting),
            outbox_rows=len(outbox),
            committed=committed,
            ends=ends,
        )

    async def offsets(self) -> tuple[dict[Partition, int], dict[Partition, int]]:
        """What the group has committed, and where its topics end."""
        if not self._service.consumes:
            return {}, {}
        consumer = await self._consumer()
        try:
            places = await _partitions(consumer, self._prefixed(self._service.consumes))
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            committed = {place: await consumer.committed(place) for place in places}
        finally:
            await consumer.stop()
        return (
            {self._partition(place): offset or 0 for place, offset in committed.items()},
            {self._partition(place): offset for place, offset in ends.items()},
        )

    async def progress(self) -> int:
        """How many rows there are; asked often, and so over one connection that stays open."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        query = f"SELECT count(*) FROM ({self._load.effects}) AS effects"
        return int(await self._connection.fetchval(query))

    async def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            self._connection.terminate()

    async def outbox_rows(self) -> int:
        """How many outbox rows wait."""
        connection = await self._connect()
        try:
            return int(await connection.fetchval("SELECT count(*) FROM outbox"))
        finally:
            await connection.close()

    async def published(self, payload: type[Payload]) -> Sequence[Payload]:
        """What the service has published of one type, each event once."""
        found: dict[str, Payload] = {}
        for record in await self._read([payload.topic]):
            headers = dict(record.headers)
            if headers.get("ce_type") == payload.type.encode() and self._is_ours(headers):
                event = payload.model_validate_json(record.value)
                found.setdefault(headers["ce_id"].decode(), event)
        return list(found.values())

    async def _tables(self) -> tuple[list[Effect], list[UUID], list[Letter], list[Any]]:
        connection = await self._connect()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                effects = await connection.fetch(self._load.effects)
                inbox = await connection.fetch("SELECT identity FROM inbox")
                letters = await connection.fetch(LETTERS)
                outbox = await connection.fetch("SELECT records FROM outbox ORDER BY id")
        finally:
            await connection.close()
        return (
            [Effect(row[0], row[1]) for row in effects],
            [UUID(int=row[0].int) for row in inbox],
            [
                Letter(UUID(int=row[0].int), Place(Partition(row[1], row[2]), row[3]))
                for row in letters
            ],
            outbox,
        )

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._admin_url, server_settings={"search_path": schema_of(self._service.name)}
        )

    async def _read(self, topics: Topics) -> list[Any]:
        """Every record of these topics up to their present end."""
        if not topics:
            return []
        consumer = await self._consumer()
        records: list[Any] = []
        try:
            places = await _partitions(consumer, self._prefixed(topics))
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=100)).values():
                    records += batch
        finally:
            await consumer.stop()
        return records

    async def _consumer(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=self._prefix + self._service.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        return consumer

    def _derived(self, records: Iterable[Any]) -> list[Derived]:
        """The events among records that this service emitted, not the load on a shared topic."""
        found = []
        for record in records:
            headers = dict(record.headers)
            if not record.topic.endswith(".dlq") and self._is_ours(headers):
                found.append(_to_derived(record, headers, self._load.names_of, self._prefix))
        return found

    def _is_ours(self, headers: dict[str, bytes]) -> bool:
        source = headers.get("ce_source", b"").decode("utf-8", "replace")
        return source == f"/services/{self._service.name}" or self._service.name == "gateway"

    def _prefixed(self, topics: Topics) -> list[str]:
        return [self._prefix + topic for topic in topics]

    def _partition(self, place: TopicPartition) -> Partition:
        return Partition(place.topic.removeprefix(self._prefix), place.partition)


def _to_derived(
    record: Any,
    headers: dict[str, bytes],
    names_of: Callable[[Payload], tuple[str, ...]],
    prefix: str,
) -> Derived:
    payload = PAYLOADS[headers["ce_type"].decode()].model_validate_json(record.value)
    cause = headers.get("ce_causationid")
    place = None
    if hasattr(record, "offset"):
        partition = Partition(record.topic.removeprefix(prefix), record.partition)
        place = Place(partition, record.offset)
    return Derived(
        source=headers["ce_source"].decode(),
        event_id=headers["ce_id"].decode(),
        key=record.key.decode(),
        cause=cause.decode() if cause else None,
        moment=datetime.fromisoformat(headers["ce_time"].decode()),
        digest=blake2b(repr((record.key, record.value, sorted(headers.items()))).encode()).digest(),
        names=names_of(payload),
        place=place,
    )


def _place_in_header(headers: dict[str, bytes], prefix: str) -> Place:
    topic, partition, offset = headers["aidataops_place"].decode().rsplit("/", 2)
    return Place(Partition(topic.removeprefix(prefix), int(partition)), int(offset))


async def _partitions(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    await consumer._client.set_topics(topics)
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(consumer._client.cluster.partitions_for_topic(topic) or ())
    ]
