"""The pytest plugin: one Kafka and one Postgres per session, private ones to be killed.

Load it with `-p aidataops.testing.plugin`. Servers start when the first test asks for them.
Session fixtures are synchronous and do not depend on the event loop of any test.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest
import pytest_asyncio

from aidataops.local.kafka import KafkaServer
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.process import LocalServerError
from aidataops.testing.brokers import (
    BrokerChoice,
    PrivateKafka,
    available_brokers,
    is_apache_required,
    private_broker,
)
from aidataops.testing.containers import DockerKafka
from aidataops.testing.loop import BackgroundLoop

CHOICES = pytest.StashKey[list[BrokerChoice]]()
REPORT = pytest.StashKey[list[str]]()
EXIT_NO_BROKER = 3


class OwnKafka(Protocol):
    """`await own_kafka()`: a started Apache Kafka that nobody else uses."""

    async def __call__(
        self, *, port: int | None = None, advertised_port: int | None = None
    ) -> PrivateKafka:
        """Start one; `advertised_port` is that of a proxy in front of `port`."""


class OwnPostgres(Protocol):
    """`await own_postgres()`: a started Postgres that nobody else uses."""

    async def __call__(self, *, port: int | None = None) -> EmbeddedPostgres:
        """Start one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `together` in the project's settings."""
    parser.addini(
        "together",
        "folders whose tests share an expensive session fixture: one process of xdist runs each",
        type="args",
        default=[],
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """A file stays in one process, and so does a folder of `together`; the largest begin first."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    folders = tuple(f"{folder}/" for folder in config.getini("together"))

    class Together(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            own = (folder for folder in folders if nodeid.startswith(folder))
            return next(own, None) or str(super()._split_scope(nodeid))

    config.option.loadscopereorder = True
    return Together(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the broker before anything runs, so that a required one missing ends the run."""
    try:
        config.stash[CHOICES] = available_brokers(os.environ)
    except LocalServerError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[REPORT] = []
    # brokers of tests live for minutes: compiling them well takes more than it gives
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    with suppress(ModuleNotFoundError):
        from hypothesis import settings

        settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
        settings.load_profile("untimed")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which broker the tests will run on."""
    best = config.stash[CHOICES][0]
    return f"kafka: {best.name} ({best.reason})"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which broker the tests ran on, and what did not start."""
    if config.stash[REPORT]:
        terminalreporter.section("kafka")
        for line in config.stash[REPORT]:
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tests run in several processes, tell the first one what this one ran on."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["kafka"] = session.config.stash[REPORT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what another process ran on."""
    for line in getattr(node, "workeroutput", {}).get("kafka", ()):
        if line not in node.config.stash[REPORT]:
            node.config.stash[REPORT].append(line)


@pytest.fixture(scope="session")
def background_loop() -> BackgroundLoop:
    """The event loop that starts and stops what outlives a test."""
    return BackgroundLoop()


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config, background_loop: BackgroundLoop) -> Iterator[KafkaServer]:
    """The session's broker, started; share it under a `topic_prefix`, never hurt it."""
    with server_directory("kafka") as directory:
        broker = _start_best(pytestconfig, background_loop, directory)
        yield broker
        _dispose(broker)


@pytest.fixture(scope="session")
def postgres(background_loop: BackgroundLoop) -> Iterator[EmbeddedPostgres]:
    """The session's Postgres, started; use a `database` on it, never hurt it."""
    with server_directory("postgres") as directory:
        server = EmbeddedPostgres(directory)
        background_loop.run(server.start())
        yield server
        server.kill()


@pytest.fixture
def database(postgres: EmbeddedPostgres, background_loop: BackgroundLoop) -> Iterator[str]:
    """The superuser's URL of an empty database of this test's own."""
    name = f"t{secrets.token_hex(4)}"
    background_loop.run(_administer(postgres, f'CREATE DATABASE "{name}"'))
    yield postgres.url(name)
    background_loop.run(_administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def topic_prefix() -> str:
    """A prefix, like `t8f3a01c2.`, that keeps this test's topics and groups apart."""
    return f"t{secrets.token_hex(4)}."


@pytest_asyncio.fixture
async def own_kafka() -> AsyncIterator[OwnKafka]:
    """A factory of Apache Kafkas to kill; without one the test is skipped, or fails if required."""
    brokers: list[PrivateKafka] = []
    with server_directory("own-kafka") as directory:

        async def start(
            *, port: int | None = None, advertised_port: int | None = None
        ) -> PrivateKafka:
            try:
                broker = private_broker(
                    directory / str(len(brokers)), port=port, advertised_port=advertised_port
                )
            except LocalServerError as error:
                if is_apache_required(os.environ):
                    pytest.fail(str(error))
                pytest.skip(str(error))
            brokers.append(broker)
            await broker.start()
            return broker

        yield start
        for broker in brokers:
            _dispose(broker)


@pytest_asyncio.fixture
async def own_postgres() -> AsyncIterator[OwnPostgres]:
    """A factory of Postgres servers to kill."""
    servers: list[EmbeddedPostgres] = []
    with server_directory("own-postgres") as directory:

        async def start(*, port: int | None = None) -> EmbeddedPostgres:
            server = EmbeddedPostgres(directory / str(len(servers)), port)
            servers.append(server)
            await server.start()
            return server

        yield start
        for server in servers:
            server.kill()


@contextmanager
def server_directory(name: str) -> Iterator[Path]:
    """A temporary folder outside pytest's own, which pytest closes to the user Postgres runs as."""
    directory = Path(tempfile.mkdtemp(prefix=f"aidataops-{name}-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start_best(config: pytest.Config, loop: BackgroundLoop, directory: Path) -> KafkaServer:
    report = config.stash[REPORT]
    for choice in config.stash[CHOICES]:
        broker = choice.build(directory / choice.name.split()[0].replace(":", "-"))
        started = time.monotonic()
        try:
            loop.run(broker.start())
        except LocalServerError as error:
            report.append(f"{choice.name} did not start: {error}")
            continue
        report.append(f"tests ran on {broker.name}, started in {time.monotonic() - started:.1f} s")
        return broker
    pytest.exit("No Kafka to test on. " + " ".join(report), returncode=EXIT_NO_BROKER)


def _dispose(broker: KafkaServer) -> None:
    """End a broker whose data nobody needs, without waiting for a graceful stop."""
    if isinstance(broker, DockerKafka):
        broker.remove()
    elif broker.pid is not None:
        broker.kill()


async def _administer(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
