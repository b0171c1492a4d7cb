"""The services as child processes: their names, ports, environment, and when they are ready."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from aidataops.local.ports import free_port, require_free
from aidataops.local.process import ChildProcess
from aidataops.services import PORTS

HOST = "127.0.0.1"
START_DEADLINE_S = 90.0
STOP_GRACE_S = 20.0
PROBE_TIMEOUT_S = 2.0
KEY_VARIABLE = "AIDATAOPS_GATEWAY_BOOTSTRAP_KEY"
NO_TLS = False  # the probe is plain HTTP, and loading certificates takes longer than it


@dataclass(frozen=True)
class ServiceProcess:
    """One service to run; `port` 0 takes a free one and keeps it across restarts."""

    name: str
    package: str
    port: int = 0
    command: tuple[str, ...] = ()
    """Instead of `python -m <package>.app`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to what every service gets."""


def all_services(*, fixed_ports: bool) -> list[ServiceProcess]:
    """Every service, on the documented ports or on free ones (tests)."""
    return [
        ServiceProcess(name, name.replace("-", "_"), port if fixed_ports else 0)
        for name, port in PORTS.items()
    ]


def with_first_key(services: Iterable[ServiceProcess], key: str) -> list[ServiceProcess]:
    """The same services; the gateway accepts this API key, which may say everything."""
    return [
        replace(service, environment={**service.environment, KEY_VARIABLE: key})
        if service.name == "gateway"
        else service
        for service in services
    ]


class ServiceServer:
    """One service's process, started and stopped any number of times on the same port."""

    def __init__(
        self, service: ServiceProcess, *, log: Path, environment: Mapping[str, str]
    ) -> None:
        """`environment` is added to ours; nothing is started yet."""
        self.name = service.name
        self.service = service
        self.port = service.port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        address = {"AIDATAOPS_HTTP_HOST": HOST, "AIDATAOPS_HTTP_PORT": str(self.port)}
        self._process = ChildProcess(
            service.command or (sys.executable, "-m", f"{service.package}.app"),
            log=log,
            environment={**inherited(), **environment, **address, **service.environment},
        )

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the last run ended; negative is the number of a signal."""
        return self._process.exit_code

    async def start(self) -> None:
        """Start and wait until `/readyz` says 200; raises LocalServerError."""
        if self.pid is not None:
            return
        require_free(self.port, self.name)
        self._process.start()
        async with httpx.AsyncClient(
            base_url=self.url,
            timeout=PROBE_TIMEOUT_S,
            trust_env=False,
            verify=False,  # noqa: S501 - plain HTTP; loading certificates takes long
        ) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/readyz")).status_code == httpx.codes.OK
                except httpx.HTTPError:
                    return False

            await self._process.until_ready(is_ready, what=self.name, deadline_s=START_DEADLINE_S)

    async def stop(self) -> None:
        """SIGTERM, so that it finishes its batch; SIGKILL when that takes longer than 20 s."""
        await self._process.stop(request=signal.SIGTERM, grace_s=STOP_GRACE_S)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def pause(self) -> None:
        """SIGSTOP."""
        self._process.pause()

    def resume(self) -> None:
        """SIGCONT."""
        self._process.resume()

    def log_tail(self, lines: int = 20) -> str:
        """The end of its output."""
        return self._process.log_tail(lines)


def inherited() -> dict[str, str]:
    """Our environment without settings of another Kafka: its TLS or prefix would not fit ours."""
    foreign = ("AIDATAOPS_KAFKA_", "AIDATAOPS_TOPIC_PREFIX", "AIDATAOPS_DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
