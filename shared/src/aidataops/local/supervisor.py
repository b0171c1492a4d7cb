"""The supervisor behind `aidataops up`: Kafka, Postgres and the services, kept alive together."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.errors import KafkaError

from aidataops.errors import AidataopsError
from aidataops.local.environment import DirectoryLock, Environment, ServiceAddress
from aidataops.local.kafka import BrokerProcess
from aidataops.local.ports import require_free
from aidataops.local.postgres import DATABASE, EmbeddedPostgres
from aidataops.local.preparation import DefaultPreparation, Preparation
from aidataops.local.process import LocalServerError
from aidataops.local.services import ServiceProcess, ServiceServer
from aidataops.local.supervised import RestartPolicy, State, Supervised

KAFKA = "kafka"
POSTGRES = "postgres"


@dataclass(frozen=True)
class Status:
    """One line of `Supervisor.status`."""

    name: str
    state: State
    pid: int | None
    restarts: int
    url: str | None
    error: str | None


class Supervisor:
    """Starts everything, restarts what dies, stops everything; one per directory.

    Output goes to `<directory>/logs/<name>.log`, the state to `<directory>/supervisor.json`. The
    children die with the thread that started them: use it on the main thread. `kafka` and
    `postgres` are names like those of services in every call that takes one.
    """

    def __init__(
        self,
        directory: Path,
        services: Sequence[ServiceProcess],
        *,
        kafka: BrokerProcess | None = None,
        postgres: EmbeddedPostgres | None = None,
        policy: RestartPolicy | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        """Nothing is started yet; without `kafka` or `postgres` services get no address of it."""
        self.directory = directory.absolute()
        self.kafka = kafka
        self.postgres = postgres
        self._services = list(services)
        self._policy = policy or RestartPolicy()
        self._preparation = preparation or DefaultPreparation()
        self._lock = DirectoryLock(self.directory)
        self._progress: Callable[[str], None] = lambda _: None
        self._is_ready = False
        self._supervised: dict[str, Supervised] = {}
        self._servers: dict[str, ServiceServer] = {}

    async def start(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Start all and return when all are ready; stops what it started when something fails.

        `progress` gets one plain sentence per step, later also per death and restart.
        """
        self._lock.acquire()
        self._progress = progress
        try:
            for service in self._services:
                if service.port:
                    require_free(service.port, service.name)
            await self._start_servers()
            await self._prepare()
            self._add_services()
            await _all(self._supervised[name].start() for name in self._servers)
            self._is_ready = True
            self._save()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the services, then Kafka and Postgres: gracefully, by force after a while."""
        self._is_ready = False
        try:
            await _all(supervised.unwatch() for supervised in self._supervised.values())
            await _all(self._supervised[name].stop() for name in self._servers)
            await _all(supervised.stop() for supervised in self._supervised.values())
        finally:
            self._lock.release()

    async def run(self, progress: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Start, call `ready`, and go on until SIGINT, SIGTERM or SIGHUP; a second one kills."""
        loop = asyncio.get_running_loop()
        starting = asyncio.create_task(self.start(progress))
        asked = asyncio.Event()

        def on_signal() -> None:
            if asked.is_set():
                self.kill()
            asked.set()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, on_signal)
        waiting = asyncio.create_task(asked.wait())
        try:
            await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                ready()
                await waiting
            progress("stopping")
        finally:
            starting.cancel()
            waiting.cancel()
            await asyncio.wait([starting])
            await self.stop()
            for number in numbers:
                loop.remove_signal_handler(number)

    def kill(self) -> None:
        """SIGKILL everything, at once; `stop` is still due."""
        for supervised in self._supervised.values():
            supervised.server.kill()

    async def restart(self, name: str) -> None:
        """Stop gracefully and start again."""
        await self.stop_service(name)
        await self.start_service(name)

    async def stop_service(self, name: str) -> None:
        """Stop gracefully and leave stopped."""
        await self._get(name).stop()
        self._save()

    async def start_service(self, name: str) -> None:
        """Start what was stopped or given up, and wait until it is ready."""
        await self._get(name).start()
        self._save()

    def kill_service(self, name: str) -> None:
        """SIGKILL; it is restarted like anything that dies."""
        self._get(name).server.kill()

    def pause(self, name: str) -> None:
        """SIGSTOP: alive and silent, not restarted."""
        self._get(name).server.pause()

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self._get(name).server.resume()

    def url(self, name: str) -> str:
        """The HTTP base of a service."""
        return self.environment().url(name)

    def status(self) -> list[Status]:
        """What runs and what does not, servers first."""
        return [
            Status(
                name=name,
                state=supervised.state,
                pid=supervised.server.pid,
                restarts=supervised.restarts,
                url=self._servers[name].url if name in self._servers else None,
                error=supervised.error,
            )
            for name, supervised in self._supervised.items()
        ]

    def environment(self) -> Environment:
        """What other processes need to know, as of now."""
        return Environment(
            directory=self.directory,
            supervisor_pid=os.getpid(),
            kafka_name=self.kafka.name if self.kafka else "",
            kafka_bootstrap=self.kafka.bootstrap if self.kafka else "",
            kafka_idempotence=self.kafka.supports_idempotence if self.kafka else False,
            kafka_pid=self.kafka.pid if self.kafka else None,
            admin_url=self.postgres.admin_url if self.postgres else "",
            postgres_pid=self.postgres.pid if self.postgres else None,
            services={
                name: ServiceAddress(server.url, server.pid)
                for name, server in self._servers.items()
            },
        )

    async def _start_servers(self) -> None:
        if self.kafka:
            self.kafka.log = self._log(KAFKA)
            self._supervised[KAFKA] = Supervised(
                self.kafka,
                policy=self._policy,
                announce=self._announce,
                after_restart=self._create_topics,
            )
        if self.postgres:
            self.postgres.log = self._log(POSTGRES)
            self._supervised[POSTGRES] = Supervised(
                self.postgres, policy=self._policy, announce=self._announce
            )
        for supervised in self._supervised.values():
            self._progress(f"{supervised.server.name}: starting")
        await _all(supervised.start() for supervised in self._supervised.values())

    async def _prepare(self) -> None:
        self._progress("creating topics and schemas")
        if self.kafka:
            await self._create_topics()
        if self.postgres:
            await self._preparation.schemas(self.postgres.admin_url, self._services)

    async def _create_topics(self) -> None:
        if self.kafka is None:
            return
        try:
            await self._preparation.topics(self.kafka.bootstrap, self._services)
        except (AidataopsError, KafkaError, OSError) as error:
            raise LocalServerError(f"{self.kafka.name}: no topics created: {error}") from error

    def _add_services(self) -> None:
        for service in self._services:
            server = ServiceServer(
                service, log=self._log(service.name), environment=self._variables(service)
            )
            self._servers[service.name] = server
            self._supervised[service.name] = Supervised(
                server, policy=self._policy, announce=self._announce
            )
            self._progress(f"{service.name}: starting")

    def _variables(self, service: ServiceProcess) -> dict[str, str]:
        variables = {"AIDATAOPS_LOG_FORMAT": "json"}
        if self.kafka:
            variables["AIDATAOPS_KAFKA_BOOTSTRAP"] = self.kafka.bootstrap
            variables["AIDATAOPS_KAFKA_IDEMPOTENCE"] = str(self.kafka.supports_idempotence).lower()
        if self.postgres:
            role = f"aidataops_{service.package}"
            variables["AIDATAOPS_DATABASE_URL"] = self.postgres.url(DATABASE, role)
        return variables

    def _announce(self, sentence: str) -> None:
        """Pass on what happened to a server, and keep the process ids in the state file true."""
        self._progress(sentence)
        self._save()

    def _save(self) -> None:
        if self._is_ready:
            self.environment().save()

    def _log(self, name: str) -> Path:
        return self.directory / "logs" / f"{name}.log"

    def _get(self, name: str) -> Supervised:
        try:
            return self._supervised[name]
        except KeyError:
            raise LocalServerError(
                f"Nothing called {name!r} is supervised; there are: "
                f"{', '.join(self._supervised) or 'none'}."
            ) from None


async def _all(steps: Iterable[Coroutine[None, None, None]]) -> None:
    """Run concurrently; the first error is raised at once."""
    await asyncio.gather(*steps)
