"""Apache Kafka in Docker, with the interface of the brokers that are processes."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import Any

from aidataops.local.kafka import HOST, answers_metadata, broker_properties
from aidataops.local.maven import KAFKA_VERSION
from aidataops.local.ports import free_port
from aidataops.local.process import LocalServerError

DEFAULT_HOST = "unix:///var/run/docker.sock"
IMAGE = f"apache/kafka:{KAFKA_VERSION}"
BROKER_PORT = 9092
CONTROLLER_PORT = 9093
START_DEADLINE_S = 120.0
STOP_GRACE_S = 20
PING_TIMEOUT_S = 3
POLL_S = 0.1


def docker_answers() -> bool:
    """Whether a Docker engine answers a ping; false within milliseconds where Docker is absent."""
    host = os.environ.get("DOCKER_HOST", DEFAULT_HOST)
    if host.startswith("unix://") and not _listens(host.removeprefix("unix://")):
        return False
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=PING_TIMEOUT_S)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


def _listens(path: str) -> bool:
    """Whether somebody accepts on a Unix socket; docker-py leaks its own when nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PING_TIMEOUT_S)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


class DockerKafka:
    """One container on a fixed host port; a kill keeps the container, and so its data."""

    name = f"apache-kafka {KAFKA_VERSION} (docker)"
    supports_idempotence = True

    def __init__(self, port: int | None = None, advertised_port: int | None = None) -> None:
        """Nothing is pulled or started yet."""
        self.port = port or free_port()
        self.advertised_port = advertised_port
        self._container: Any = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients: the advertised port where there is one."""
        return f"{HOST}:{self.advertised_port or self.port}"

    @property
    def pid(self) -> int | None:
        """None: the process is not ours."""
        return None

    async def start(self) -> None:
        """Create the container, or start the stopped one again, and wait for metadata."""
        await asyncio.to_thread(self._start)
        deadline = time.monotonic() + START_DEADLINE_S
        while not await answers_metadata(f"{HOST}:{self.port}"):
            if time.monotonic() > deadline:
                raise LocalServerError(
                    f"{self.name} was not ready within {START_DEADLINE_S:.0f} s. "
                    f"The end of its log:\n{self.log_tail()}"
                )
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        """Stop gracefully, by force after 20 s."""
        if self._container is not None:
            await asyncio.to_thread(self._container.stop, timeout=STOP_GRACE_S)

    def remove(self) -> None:
        """Kill and forget the container and its data."""
        if self._container is not None:
            self._container.remove(force=True, v=True)
            self._container = None

    def kill(self) -> None:
        """SIGKILL."""
        if self._container is not None:
            self._container.kill()

    def pause(self) -> None:
        """Freeze all processes of the container."""
        if self._container is not None:
            self._container.pause()

    def resume(self) -> None:
        """Undo `pause`."""
        if self._container is not None:
            self._container.unpause()

    def log_tail(self, lines: int = 20) -> str:
        """The end of the broker's output."""
        if self._container is None:
            return "(never started)"
        return str(self._container.logs(tail=lines).decode(errors="replace"))

    def _start(self) -> None:
        if self._container is not None:
            self._container.start()
            return
        from testcontainers.core.container import DockerContainer

        properties = broker_properties(
            listen=f"0.0.0.0:{BROKER_PORT}",
            advertise=self.bootstrap,
            controller=f"localhost:{CONTROLLER_PORT}",
            log_directory="/var/lib/kafka/data",
        )
        container = DockerContainer(IMAGE).with_bind_ports(BROKER_PORT, self.port)
        for key, value in properties.items():
            container = container.with_env(f"KAFKA_{key.upper().replace('.', '_')}", value)
        container.start()
        self._container = container.get_wrapped_container()
