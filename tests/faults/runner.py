"""Rows at work in the background, a few at a time, while the tests wait for their verdicts.

A killed member's partitions are free after six seconds at the earliest: waiting for one row at a
time would take most of an hour over many seeds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from aidataops.local.kafka import KafkaServer
from aidataops.local.ports import free_port
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.testing.brokers import private_broker
from aidataops.testing.containers import DockerKafka
from aidataops.testing.proxy import HOST, TcpProxy
from tests.faults.rows import Row
from tests.faults.scene import Scene

AT_A_TIME = 3


@dataclass(frozen=True)
class Case:
    """A row with one seed."""

    row: Row
    seed: int

    def __str__(self) -> str:
        return f"{self.row.name} #{self.seed}"


class Runner:
    """Runs cases on one event loop; servers that rows hurt are started when first needed."""

    def __init__(self, directory: Path, kafka: KafkaServer, postgres: EmbeddedPostgres) -> None:
        self._directory = directory
        self._kafka = kafka
        self._postgres = postgres
        self._own_kafka: KafkaServer | None = None
        self._own_kafka_port = 0
        self._own_postgres: EmbeddedPostgres | None = None
        self._kafka_is_free = asyncio.Lock()
        self._postgres_is_free = asyncio.Lock()
        self._places = asyncio.Semaphore(AT_A_TIME)
        self._tasks: dict[str, asyncio.Task[list[str]]] = {}

    async def begin(self, cases: Iterable[Case]) -> None:
        """Start in this order; returns at once."""
        for case in cases:
            self._tasks[str(case)] = asyncio.create_task(self._run(case), name=str(case))

    async def verdict(self, case: Case) -> list[str]:
        """The violations of a case, once it is through."""
        return await self._tasks[str(case)]

    async def end(self) -> None:
        """Stop what still runs and kill the servers."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if isinstance(self._own_kafka, DockerKafka):
            self._own_kafka.remove()
        elif self._own_kafka is not None:
            self._own_kafka.kill()
        if self._own_postgres is not None:
            self._own_postgres.kill()

    async def _run(self, case: Case) -> list[str]:
        row = case.row
        chance = Random(str(case))
        directory = self._directory / str(case).replace(" ", "-").replace("'", "")
        directory.mkdir()
        async with AsyncExitStack() as stack:
            # First the server, then a place: who waits for a server must not keep others waiting.
            kafka, postgres = self._kafka, self._postgres
            if row.own == "kafka":
                kafka = await stack.enter_async_context(self._fragile_kafka())
            if row.own == "postgres":
                postgres = await stack.enter_async_context(self._fragile_postgres())
            await stack.enter_async_context(self._places)
            proxy = None
            if row.own == "kafka":
                proxy = TcpProxy(HOST, self._own_kafka_port, port=_port_of(kafka))
            elif row.postgres_behind_proxy:
                proxy = TcpProxy(HOST, postgres.port)
            if proxy is not None:
                await stack.enter_async_context(proxy)
            scene = await stack.enter_async_context(
                Scene(
                    row.load(chance),
                    chance,
                    directory=directory,
                    kafka=kafka,
                    postgres=postgres,
                    proxy=proxy,
                    partitions=row.partitions,
                )
            )
            violations = await row.fault.play(scene)
            return violations + await scene.check(settled=True)

    @asynccontextmanager
    async def _fragile_kafka(self) -> AsyncIterator[KafkaServer]:
        """An Apache Kafka to hurt, one row at a time; its clients find it behind a proxy."""
        async with self._kafka_is_free:
            if self._own_kafka is None:
                self._own_kafka_port = free_port()
                self._own_kafka = private_broker(
                    self._directory / "kafka",
                    port=self._own_kafka_port,
                    advertised_port=free_port(),
                )
            await self._own_kafka.start()
            yield self._own_kafka

    @asynccontextmanager
    async def _fragile_postgres(self) -> AsyncIterator[EmbeddedPostgres]:
        async with self._postgres_is_free:
            if self._own_postgres is None:
                self._own_postgres = EmbeddedPostgres(self._directory / "postgres")
            await self._own_postgres.start()
            yield self._own_postgres


def _port_of(kafka: KafkaServer) -> int:
    return int(kafka.bootstrap.rpartition(":")[2])
