"""A service without Kafka: the real batch processor on a real Postgres."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from aiokafka import ConsumerRecord

from aidataops.database.migrate import provision, role_of
from aidataops.database.pool import Connection
from aidataops.events import PAYLOADS, Payload
from aidataops.messaging import Application, dead_letters
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.processor import Processor

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime = _EPOCH) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> None:
        self._now += step


class RecordingPublisher:
    """Takes what would go to Kafka and says at once that it is there."""

    def __init__(self) -> None:
        self.records: list[OutgoingRecord] = []
        self._rows: list[int] = []

    @property
    def known_rows(self) -> list[int]:
        return self._rows

    def enqueue(self, row: int, records: Sequence[OutgoingRecord]) -> None:
        self.records.extend(records)
        self._rows.append(row)

    def doubt(self) -> None:
        """Nothing to remember: a failed commit is tried again by the test."""

    async def adopt(self, connection: Connection, *, overtaken: bool) -> None:
        """Nobody else is there to leave something behind."""

    async def room(self, *, timeout: float) -> None:
        """There is always room."""

    @asynccontextmanager
    async def published(self) -> AsyncIterator[list[int]]:
        rows, self._rows = self._rows, []
        yield rows


class ServiceHarness:
    """Delivers events to one service and shows what it did."""

    def __init__(self, application: Application, processor: Processor) -> None:
        self.application = application
        self._processor = processor
        self._publisher: RecordingPublisher = application._publisher  # type: ignore[assignment]  # noqa: SLF001
        self._ids: dict[int, tuple[Payload, str]] = {}
        self._offset = 0

    @classmethod
    @asynccontextmanager
    async def start(cls, application: Application, admin_url: str) -> AsyncIterator[ServiceHarness]:
        """Provision the service in an empty database and connect it, under its own role."""
        await provision(admin_url, application.name, application.package)
        application.settings = application.settings.model_copy(
            update={"database_url": url_of(admin_url, application.name)}
        )
        await application.connect_database()
        application._publisher = RecordingPublisher()  # type: ignore[assignment]  # noqa: SLF001
        try:
            yield cls(application, application.create_processor(application.publisher))
        finally:
            await application.pool.close()

    async def deliver(self, *payloads: Payload) -> list[Payload]:
        """Deliver one polled batch; the same payload object keeps its event id."""
        return await self.deliver_records(*(self.record(payload) for payload in payloads))

    async def deliver_records(self, *records: Any) -> list[Payload]:
        """A batch of raw ``ConsumerRecord`` s, for what is no valid event."""
        before = len(self._publisher.records)
        await self._processor.process(records)
        return [
            payload
            for record in self._publisher.records[before:]
            if (payload := payload_of(record)) is not None
        ]

    @property
    def published(self) -> list[OutgoingRecord]:
        """Every record published so far, dead letters included."""
        return self._publisher.records

    def record(self, payload: Payload, *, event_id: str | None = None) -> Any:
        """A payload as it comes from Kafka."""
        if event_id is None:
            _, event_id = self._ids.setdefault(id(payload), (payload, str(uuid4())))
        outgoing = encode(
            payload,
            event_id=event_id,
            source="/tests",
            time=self.application.clock.now(),
            traceparent=b"00-%b-%b-01" % (b"ab" * 16, b"cd" * 8),
        )
        return self.raw(outgoing.topic, outgoing.key, outgoing.value, outgoing.headers)

    def raw(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
    ) -> Any:
        """Any bytes as a record from Kafka."""
        self._offset += 1
        return ConsumerRecord(
            topic,
            0,
            self._offset,
            0,
            0,
            key,
            value,
            None,
            len(key or b""),
            len(value or b""),
            tuple(headers),
        )

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of the service's own schema."""
        return list(await self.application.pool.fetch(query, *arguments))

    async def dead_letters(self) -> list[dict[str, Any]]:
        """The open dead letters, newest first."""
        async with self.application.pool.acquire() as connection:
            return await dead_letters.list_letters(connection)


def payload_of(record: OutgoingRecord) -> Payload | None:
    """The payload of an emitted record; ``None`` for a dead letter."""
    event_type = dict(record.headers).get("ce_type", b"").decode("utf-8", "replace")
    if record.topic.endswith(".dlq") or event_type not in PAYLOADS or record.value is None:
        return None
    return PAYLOADS[event_type].model_validate_json(record.value)


def headers_of(record: OutgoingRecord) -> dict[str, str]:
    """The headers of an emitted record as text."""
    return {name: content.decode() for name, content in record.headers}


def data_of(record: OutgoingRecord) -> Any:
    """The JSON value of an emitted record."""
    return json.loads(record.value or b"null")


def url_of(admin_url: str, service: str) -> str:
    """The database URL of a service's role on the server of ``admin_url``."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role_of(service)}@{host}"))
