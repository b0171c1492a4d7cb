"""One row at play: topics and a database of its own, the service's processes, the load."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import asyncpg
import httpx
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.database.migrate import provision
from aidataops.local.kafka import KafkaServer
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.services import ServiceProcess, ServiceServer
from aidataops.services import load_service
from aidataops.testing.harness import url_of
from aidataops.testing.probe.app import create_app
from aidataops.testing.proxy import TcpProxy
from tests.faults.invariants import Input, check
from tests.faults.loads.load import Event, Load
from tests.faults.observer import Observer, Service
from tests.faults.sender import Sender

DRAIN_SECONDS = 30.0
"""So long after the last disturbance everything has to have come to its end."""
STEP_SECONDS = 45.0
"""Nothing that a row waits for takes longer."""
SESSION_SECONDS = 6.0
"""The shortest that a broker with default settings allows."""
PROBE_PACKAGE = "aidataops.testing.probe"

_one_at_a_time = asyncio.Lock()
"""Roles belong to the whole server: two databases must not create one at the same time."""


class Scene:
    """A service between topics and a database that nobody else uses."""

    def __init__(
        self,
        load: Load,
        chance: Random,
        *,
        directory: Path,
        kafka: KafkaServer,
        postgres: EmbeddedPostgres,
        proxy: TcpProxy | None = None,
        partitions: int = 2,
    ) -> None:
        self.load = load
        self.chance = chance
        self.directory = directory
        self.kafka = kafka
        self.postgres = postgres
        self.proxy = proxy
        """What the service's connections go through, where a row breaks them."""
        self.workers: list[ServiceServer] = []
        self._partitions = partitions
        self._prefix = f"f{secrets.token_hex(4)}."
        self._database = f"f{secrets.token_hex(4)}"
        self._service, self._package = _service_of(load.service)
        self._sender = Sender(kafka.bootstrap, self._prefix)
        self.inputs_by_http: dict[tuple[str, str], Input] = {}
        """What came in by another way than the topics, by name and event id."""
        self.observer = Observer(
            self._service,
            load,
            bootstrap=kafka.bootstrap,
            prefix=self._prefix,
            admin_url=self.admin_url,
        )

    @property
    def admin_url(self) -> str:
        """The superuser's, of this scene's database."""
        return self.postgres.url(self._database)

    @property
    def inputs(self) -> list[Input]:
        """Everything that was sent."""
        return [*self._sender.inputs, *self.inputs_by_http.values()]

    async def __aenter__(self) -> Self:
        """Create topics, database, schema and role."""
        await self._administer(f'CREATE DATABASE "{self._database}"')
        async with _one_at_a_time:
            await provision(self.admin_url, self.load.service, self._package)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        await admin.start()
        try:
            await admin.create_topics(
                [
                    NewTopic(self._prefix + name, self._partitions, 1)
                    for name in self._service.topics
                ]
            )
        finally:
            await admin.close()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill the processes and drop the database."""
        for worker in self.workers:
            worker.kill()
        await self._sender.close()
        await self.observer.close()
        with suppress(OSError, asyncpg.PostgresError):
            await self._administer(f'DROP DATABASE "{self._database}" WITH (FORCE)')

    def worker(self, *, command: Sequence[str] = (), **environment: str) -> ServiceServer:
        """A process of the service, not started; variables are added to those of all workers."""
        number = len(self.workers)
        database_url = url_of(self.admin_url, self.load.service)
        if self.proxy is not None and self.proxy.target_port == self.postgres.port:
            database_url = database_url.replace(f":{self.postgres.port}/", f":{self.proxy.port}/")
        worker = ServiceServer(
            ServiceProcess(
                self.load.service,
                self._package,
                command=tuple(command),
                environment={**self.load.environment, **environment},
            ),
            log=self.directory / f"{self.load.service}-{number}.log",
            environment={
                "AIDATAOPS_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
                "AIDATAOPS_TOPIC_PREFIX": self._prefix,
                "AIDATAOPS_DATABASE_URL": database_url,
                "AIDATAOPS_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
                "AIDATAOPS_POLL_MILLISECONDS": "200",
                "AIDATAOPS_BATCH_SIZE": "50",
            },
        )
        self.workers.append(worker)
        return worker

    async def waves(self) -> AsyncIterator[Sequence[Event]]:
        """The load, wave by wave."""
        async for wave in self.load.waves(self.observer.published):
            yield wave

    async def send(self, events: Sequence[Event]) -> None:
        """Put events on their topics; returns when Kafka has acknowledged them."""
        await self._sender.send(events)

    async def until(
        self, condition: Callable[[], bool | Awaitable[bool]], what: str, pause_s: float = 0.02
    ) -> None:
        """Wait for something, at most 45 seconds; raises TimeoutError with the workers' words."""
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            result = condition()
            if isinstance(result, bool):
                holds = result
            else:
                try:
                    holds = await result
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    holds = False  # the database is on its knees: that is what rows are for
            if holds:
                return
            if time.monotonic() > deadline:
                said = [f"{await self.readiness(one)}\n{one.log_tail()}" for one in self.workers]
                words = "\n".join(said)
                raise TimeoutError(f"{what}: not within {STEP_SECONDS:.0f} s\n{words}")
            await asyncio.sleep(pause_s)

    async def is_settled(self) -> bool:
        """Whether all offsets are committed up to the end and the outbox is empty."""
        if await self.observer.outbox_rows():
            return False
        committed, ends = await self.observer.offsets()
        return committed == ends

    async def progress(self) -> int:
        """How many effects are committed; waits for a database that is away."""
        async with asyncio.timeout(STEP_SECONDS):
            while True:
                try:
                    return await self.observer.progress()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.02)

    async def check(self, *, settled: bool) -> list[str]:
        """The violations at this moment; ``settled`` waits for the end first, but not too long."""
        started = time.monotonic()
        while settled and not await self.is_settled():
            if time.monotonic() - started > DRAIN_SECONDS:
                break
            await asyncio.sleep(0.1)
        observation = await self.observer.observe(
            settled=settled, seconds=time.monotonic() - started
        )
        # Transactions of two members overlap: their times say nothing about their order.
        expectation = replace(
            self.load.expectation,
            ordered_by_time=self.load.expectation.ordered_by_time and len(self.workers) == 1,
        )
        return check(self.inputs, expectation, observation)

    async def assigned(self, worker: ServiceServer) -> int:
        """How many partitions a member holds; 0 when it does not answer."""
        readiness = await self.readiness(worker)
        return int(readiness.get("checks", {}).get("consumer", {}).get("assigned_partitions", 0))

    async def readiness(self, worker: ServiceServer) -> dict[str, Any]:
        """What a process says of itself; empty when it does not answer."""
        try:
            async with httpx.AsyncClient(base_url=worker.url, timeout=2, trust_env=False) as client:
                return dict((await client.get("/readyz")).json())
        except (httpx.HTTPError, ValueError):
            return {}

    async def administer(self, query: str, *arguments: object) -> Any:
        """One value of a query by the superuser."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _service_of(name: str) -> tuple[Service, str]:
    application = create_app() if name == "probe" else load_service(name)
    consumes = application.handlers.topics
    emits = tuple(sorted({payload.topic for payload in application.emits}))
    package = PROBE_PACKAGE if name == "probe" else name.replace("-", "_")
    return Service(name, consumes, emits), package
