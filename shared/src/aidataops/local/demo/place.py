"""Where the demo runs: a directory of its own with broker, database and services."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

import httpx

from aidataops.local.command import KafkaChoice
from aidataops.local.kafka import ApacheKafka, EmbeddedKafka
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.process import LocalServerError
from aidataops.local.services import all_services, with_first_key
from aidataops.local.supervised import State
from aidataops.local.supervisor import Supervisor

PROBE_S = 2.0


class Place:
    """An environment on free ports; use it in an ``async with``, then `start` it.

    A temporary directory is removed in the end, unless something went wrong (an error, or
    ``failed`` is set): then it is kept for its logs.
    """

    def __init__(self, directory: Path | None, kafka: KafkaChoice) -> None:
        """Raises LocalServerError for a directory that holds something: a story needs a start."""
        if directory is not None and directory.exists() and any(directory.iterdir()):
            raise LocalServerError(
                f"{directory} is not empty, and the demo begins with nothing: choose another "
                "--directory, or leave it out."
            )
        self._temporary = directory is None
        self.directory = (directory or Path(tempfile.mkdtemp(prefix="aidataops-"))).absolute()
        self.failed = False
        self.api_key = f"aido_{secrets.token_urlsafe(32)}"
        brokers = {KafkaChoice.EMBEDDED: EmbeddedKafka, KafkaChoice.APACHE: ApacheKafka}
        self.services = with_first_key(all_services(fixed_ports=False), self.api_key)
        self._supervisor = Supervisor(
            self.directory,
            self.services,
            kafka=brokers[kafka](self.directory / "kafka"),
            postgres=EmbeddedPostgres(self.directory / "postgres"),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        await self._supervisor.stop()
        ended = error is None or isinstance(error, asyncio.CancelledError)
        if self._temporary and ended and not self.failed:
            shutil.rmtree(self.directory, ignore_errors=True)

    async def start(self, progress: Callable[[str], None]) -> None:
        """Start everything; `progress` gets a plain sentence per step."""
        await self._supervisor.start(progress)

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return self._supervisor.environment().kafka_bootstrap

    @property
    def logs(self) -> Path:
        """Where every process writes its output."""
        return self.directory / "logs"

    def url(self, service: str) -> str:
        """The HTTP base of a service."""
        return self._supervisor.url(service)

    async def complaints(self) -> list[str]:
        """Services that do not run or are not ready, a sentence each."""
        return [
            complaint
            for status in self._supervisor.status()
            if (complaint := await self._complaint(status.name, status.state, status.url))
        ]

    @staticmethod
    async def _complaint(name: str, state: State, url: str | None) -> str | None:
        if state is not State.READY:
            return f"{name}: {state.value}."
        if url is None:
            return None
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(
                base_url=url,
                timeout=PROBE_S,
                trust_env=False,
                verify=False,  # noqa: S501 - plain HTTP; loading certificates takes long
            ) as client:
                response = await client.get("/readyz")
                if response.is_success:
                    return None
                return f"{name} is not ready: {response.text[:300]}"
        return f"{name} does not answer at {url}."
