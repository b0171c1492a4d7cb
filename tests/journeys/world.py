"""All services as processes on a shared Kafka and Postgres, and what can be seen of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.client import Client, PublishReport
from aidataops.database.migrate import provision, schema_of
from aidataops.events import Payload
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import RemediationRequested
from aidataops.local.kafka import KafkaServer
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.services import ServiceProcess, ServiceServer
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.topics import create_topics, names
from aidataops.messaging.traceparent import follow
from aidataops.services import load_service, package_of, service_names
from aidataops.testing.harness import url_of

DEADLINE_S = 30.0
POLL_S = 0.05
SOURCE = "/harnesses/journeys"
ROOMY = ("evaluation.results", "annotation.inbound")
"""Topics that take records far larger than our own limit, so that one gets as far as a consumer."""
ROOMY_BYTES = 12_000_000

NOTICE_SECRET = "whsec_" + "bm90aWNl" * 6
"""Signs what the feedback-router tells the Informed."""

CONNECTIONS = """
[label-studio.journeys]
secret_env = ["AIDATAOPS_TEST_WEBHOOK_SECRET"]
vendor = "acme-labels"
vendor_project = "label-studio"
label_field = "verdict"

[label-studio.server]
secret_env = ["AIDATAOPS_TEST_WEBHOOK_SECRET"]
vendor = "acme-labels"
vendor_project = "server"
"""
"""The vendors' webhooks of the gateway."""

Record: TypeAlias = ConsumerRecord  # aiokafka has no types


async def eventually(
    condition: Callable[[], Awaitable[Any]], what: str, seconds: float = DEADLINE_S
) -> Any:
    """The first true answer; fails with ``what`` and the last answer when there is none in time."""
    answer: Any = None
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await condition()):
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {seconds:.0f} s; last: {answer!r}") from None
    return answer


@dataclass
class World:
    """The running services; ``prefix`` keeps its topics and groups apart on the broker."""

    kafka: KafkaServer
    postgres: EmbeddedPostgres
    directory: Path
    telemetry: str
    prefix: str = field(default_factory=lambda: f"j{secrets.token_hex(3)}.")
    api_key: str = field(default_factory=lambda: f"aido_{secrets.token_urlsafe(32)}")
    webhook_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    servers: dict[str, ServiceServer] = field(default_factory=dict)

    @property
    def admin_url(self) -> str:
        """The superuser's URL of this world's database."""
        return self.postgres.url(self.prefix.strip("."))

    async def start(self) -> None:
        """Create topics, schemas and roles, and start every service."""
        admin = await asyncpg.connect(self.postgres.url("postgres"))
        await admin.execute(f'CREATE DATABASE "{self.prefix.strip(".")}"')
        await admin.close()
        await self._create_topics()
        for name in service_names():
            await provision(self.admin_url, name, package_of(name))
            self.servers[name] = self.make_server(name)
        await asyncio.gather(*(server.start() for server in self.servers.values()))

    def kill(self) -> None:
        """End every service at once."""
        for server in self.servers.values():
            server.kill()

    def make_server(self, name: str, **more: str) -> ServiceServer:
        """A process of a service, not started; ``more`` goes into its environment."""
        environment = {
            "AIDATAOPS_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "AIDATAOPS_KAFKA_IDEMPOTENCE": str(self.kafka.supports_idempotence).lower(),
            "AIDATAOPS_TOPIC_PREFIX": self.prefix,
            "AIDATAOPS_DATABASE_URL": url_of(self.admin_url, name),
            "AIDATAOPS_SESSION_TIMEOUT_SECONDS": "6",
            "AIDATAOPS_RELAY_GRACE_SECONDS": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.telemetry,
            **(self._gateway_settings() if name == "gateway" else {}),
            "AIDATAOPS_FEEDBACK_ROUTER_WEBHOOK_SECRET": NOTICE_SECRET,
            "AIDATAOPS_FEEDBACK_ROUTER_WEBHOOK_HOSTS": '["127.0.0.1"]',
            "AIDATAOPS_FEEDBACK_ROUTER_WEBHOOK_POLL_SECONDS": "0.2",
            **more,
        }
        service = ServiceProcess(name, package_of(name))
        log = self.directory / f"{name}.log"
        return ServiceServer(service, log=log, environment=environment)

    def _gateway_settings(self) -> dict[str, str]:
        connections = self.directory / "connections.toml"
        connections.write_text(CONNECTIONS)
        return {
            "AIDATAOPS_GATEWAY_BOOTSTRAP_KEY": self.api_key,
            "AIDATAOPS_GATEWAY_CONNECTIONS": str(connections),
            "AIDATAOPS_TEST_WEBHOOK_SECRET": self.webhook_secret,
        }

    async def _create_topics(self) -> None:
        limit = {"max.message.bytes": str(ROOMY_BYTES)}
        roomy = [NewTopic(self.prefix + one, 1, 1, topic_configs=limit) for one in ROOMY]
        async with self._admin() as admin:
            await admin.create_topics(roomy)
        await create_topics(self.kafka.bootstrap, prefix=self.prefix, services=service_names())

    # Writing

    def publish(self, *payloads: Payload, traceparent: str | None = None) -> PublishReport:
        """Through the gateway, with the client that a harness uses."""
        with Client(self.servers["gateway"].url, self.api_key) as client:
            return client.publish(payloads, source=SOURCE, traceparent=traceparent)

    def encode(self, payload: Payload, event_id: str | None = None) -> OutgoingRecord:
        """A payload as a producer of its own would write it."""
        return encode(
            payload,
            event_id=event_id or secrets.token_hex(8),
            source=SOURCE,
            time=datetime.now(UTC),
            traceparent=follow(None),
        )

    async def produce(self, *records: OutgoingRecord) -> list[int]:
        """Straight onto Kafka, in this order, whatever they hold; returns their offsets."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.kafka.bootstrap, max_request_size=ROOMY_BYTES, acks="all"
        )
        await producer.start()
        try:
            sent = [
                await producer.send(
                    self.prefix + one.topic, one.value, one.key, partition=0, headers=one.headers
                )
                for one in records
            ]
            return [(await one).offset for one in sent]
        finally:
            await producer.stop()

    # Reading

    async def webhook(self, body: Mapping[str, Any]) -> httpx.Response:
        """What Label Studio sends, through the gateway's door for it."""
        async with self._http("gateway") as client:
            return await client.post(
                "/webhooks/label-studio/journeys",
                json=body,
                headers={"x-vendor-secret": self.webhook_secret},
            )

    async def get(self, service: str, path: str, **query: str) -> Any:
        """The JSON that a service's read API answers; ``None`` for 404."""
        response = await self._get(service, path, query)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return response.raise_for_status().json()

    async def text(self, service: str, path: str) -> str:
        """What a service answers that is no JSON."""
        return (await self._get(service, path, {})).raise_for_status().text

    async def _get(self, service: str, path: str, query: Mapping[str, str]) -> httpx.Response:
        async with self._http(service) as client:
            return await client.get(path, params=query)

    def _http(self, service: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.servers[service].url,
            trust_env=False,
            timeout=10,
            verify=False,  # noqa: S501 - plain HTTP; loading certificates takes long
        )

    async def remediations(self, project: str) -> list[dict[str, Any]]:
        """What the feedback-router's read API says of a project."""
        found = await self.get("feedback-router", "/remediations", project=project)
        return list(found)

    async def trace(self, kind: str, name: str) -> dict[str, Any] | None:
        """Everything that a node led to, by lineage's read API."""
        found: dict[str, Any] | None = await self.get(
            "lineage", "/trace/forward", kind=kind, id=name
        )
        return found

    async def answers_in_lineage(self, failure_id: str) -> list[dict[str, Any]]:
        """The edges from a failure to the remediations that answer it."""
        found = await self.trace("failure", failure_id) or {"edges": []}
        return [edge for edge in found["edges"] if edge["relation"] == "answered_by"]

    async def history(self, topic: str) -> list[Record]:
        """Every record of a topic up to now."""
        place = TopicPartition(self.prefix + topic, 0)
        async with self._consumer(place) as consumer:
            await consumer.seek_to_beginning(place)
            return await self._rest(consumer)

    async def since(self, ends: Mapping[str, int]) -> list[Record]:
        """Every record, of whatever topic, that was written after these ends."""
        places = {TopicPartition(self.prefix + topic, 0): end for topic, end in ends.items()}
        async with self._consumer(*places) as consumer:
            for place, end in places.items():
                consumer.seek(place, end)
            return await self._rest(consumer)

    @staticmethod
    async def _rest(consumer: AIOKafkaConsumer) -> list[Record]:
        """From where the reader stands to where the topics end now."""
        found: list[Record] = []
        for place, end in (await consumer.end_offsets(list(consumer.assignment()))).items():
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
        return found

    async def requests(self, project: str) -> list[Record]:
        """The records that ask for data work in a project."""
        return [
            record
            for record in await self.history(RemediationRequested.topic)
            if header(record, "ce_type") == RemediationRequested.type
            and RemediationRequested.model_validate_json(record.value or b"").project == project
        ]

    async def reports(self, failure_id: str) -> list[Record]:
        """The records that report a failure, in whatever version."""
        return [
            record
            for record in await self.history(EvaluationFailure.topic)
            if failure_id.encode() in (record.value or b"")
        ]

    async def ends(self) -> dict[str, int]:
        """How many records were ever written to each topic; topics without the prefix."""
        places = [TopicPartition(self.prefix + topic, 0) for topic in names(service_names())]
        async with self._consumer(*places) as consumer:
            return await self._ends(consumer)

    async def _ends(self, consumer: AIOKafkaConsumer) -> dict[str, int]:
        found = await consumer.end_offsets(list(consumer.assignment()))
        return {place.topic.removeprefix(self.prefix): end for place, end in found.items()}

    async def fetch(self, service: str, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of a service's schema, where no read API shows what is to be seen."""
        async with self.database(service) as connection:
            return list(await connection.fetch(query, *arguments))

    @asynccontextmanager
    async def database(
        self, service: str, *, owner: bool = False
    ) -> AsyncIterator[asyncpg.Connection]:
        """A connection in a service's schema, as the service or as the owner of its tables."""
        url = self.admin_url if owner else url_of(self.admin_url, service)
        connection = await asyncpg.connect(url, server_settings={"search_path": schema_of(service)})
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def _consumer(self, *places: TopicPartition) -> AsyncIterator[AIOKafkaConsumer]:
        """A reader in no group; asked about what is not assigned to it, it waits for seconds."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka.bootstrap, max_partition_fetch_bytes=ROOMY_BYTES
        )
        await consumer.start()
        consumer.assign(places)
        try:
            yield consumer
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    # Being at rest

    async def quiet(self, *services: str, seconds: float = DEADLINE_S) -> None:
        """Wait until these (or all) have nothing left to do: all is read, all is said.

        What the gateway has accepted is on its way to them.
        """
        chosen = services or tuple(name for name in self.servers if _topics(name))
        places = [TopicPartition(self.prefix + topic, 0) for topic in names(service_names())]
        async with self._consumer(*places) as consumer, self._admin() as admin:

            async def is_quiet() -> bool:
                if await self._outbox("gateway"):
                    return False
                ends = await self._ends(consumer)
                for service in chosen:
                    if await self._behind(admin, service, ends) or await self._outbox(service):
                        return False
                return await self._ends(consumer) == ends

            await eventually(is_quiet, f"{', '.join(chosen)} come to rest", seconds)

    async def _behind(
        self, admin: AIOKafkaAdminClient, service: str, ends: Mapping[str, int]
    ) -> bool:
        done = await admin.list_consumer_group_offsets(self.prefix + service)
        committed = {place.topic.removeprefix(self.prefix): at.offset for place, at in done.items()}
        return any(ends[topic] != committed.get(topic, 0) for topic in _topics(service))

    async def _outbox(self, service: str) -> bool:
        rows = await self.fetch(service, "SELECT count(*) AS rows FROM outbox")
        return bool(rows[0]["rows"])

    # Hurting

    @asynccontextmanager
    async def without(self, service: str) -> AsyncIterator[None]:
        """Stop a service in good order; at the end it runs again."""
        await self.servers[service].stop()
        try:
            yield
        finally:
            await self.servers[service].start()

    @contextmanager
    def alone(self, service: str) -> Iterator[None]:
        """Freeze every other service."""
        others = [server for name, server in self.servers.items() if name != service]
        for server in others:
            server.pause()
        try:
            yield
        finally:
            for server in others:
                server.resume()


def _topics(service: str) -> tuple[str, ...]:
    return load_service(service).handlers.topics


def header(record: Record, name: str) -> str | None:
    """A header as text; ``None`` when it is not there."""
    found: bytes | None = dict(record.headers).get(name)
    return None if found is None else found.decode()
