"""Keeping one server alive: start, notice its death, start again, give up in time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aidataops.local.process import LocalServerError

WATCH_S = 0.2


class Server(Protocol):
    """A broker, a database or a service."""

    name: str

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""

    async def start(self) -> None:
        """Start and wait until ready; raises LocalServerError."""

    async def stop(self) -> None:
        """Stop gracefully, by force after a while."""

    def kill(self) -> None:
        """SIGKILL."""

    def pause(self) -> None:
        """SIGSTOP."""

    def resume(self) -> None:
        """SIGCONT."""

    def log_tail(self, lines: int = 20) -> str:
        """The end of its output."""


class State(StrEnum):
    """Where a supervised server is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to restart"
    FAILED = "gave up"


@dataclass(frozen=True)
class RestartPolicy:
    """How patient to be with a server that dies; times in seconds."""

    quick_s: float = 10.0
    """A server that was ready for less than this died quickly."""
    quick_deaths: int = 5
    """So many in a row, or failed starts, and it is given up."""
    first_delay_s: float = 0.2
    longest_delay_s: float = 10.0

    def delay_s(self, deaths: int) -> float:
        """Doubled with every quick death in a row, and by up to half shorter at random."""
        delay: float = min(self.first_delay_s * 2 ** (deaths - 1), self.longest_delay_s)
        return delay * random.uniform(0.5, 1.0)


class Supervised:
    """One server and the task that watches over it."""

    def __init__(
        self,
        server: Server,
        *,
        policy: RestartPolicy,
        announce: Callable[[str], None],
        after_restart: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`after_restart` mends what a death destroyed; a failure of it is one of the server."""
        self.server = server
        self.state = State.STOPPED
        self.restarts = 0
        self.error: str | None = None
        self._policy = policy
        self._announce = announce
        self._after_restart = after_restart
        self._was_ready = False
        self._settled = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start, however many attempts the policy allows; raises LocalServerError in the end."""
        if self._watch is None or self._watch.done():
            self._settled.clear()
            self._watch = asyncio.create_task(self._keep_alive(), name=f"keep {self.server.name}")
        await self._settled.wait()
        if self.state is State.FAILED:
            raise LocalServerError(self.error or f"{self.server.name} did not start")

    async def stop(self) -> None:
        """Stop, and stay stopped."""
        await self.unwatch()
        await self.server.stop()
        if self.state is not State.FAILED:
            self.state = State.STOPPED
        self._settled.set()

    async def unwatch(self) -> None:
        """Let it live or die unattended: a death is not followed by a restart any more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None

    async def _keep_alive(self) -> None:
        deaths = 0
        while True:
            uptime_s = await self._live_once()
            deaths = deaths + 1 if uptime_s < self._policy.quick_s else 1
            if deaths >= self._policy.quick_deaths:
                return self._give_up(deaths)
            delay_s = self._policy.delay_s(deaths)
            self.state = State.WAITING
            summary = (self.error or "").splitlines()[0]
            self._announce(f"{self.server.name}: {summary} Starting again in {delay_s:.1f} s.")
            await asyncio.sleep(delay_s)
            self.restarts += 1

    async def _live_once(self) -> float:
        """Start and wait for the death; the seconds it was ready (0 when it never was)."""
        self.state = State.STARTING
        started = time.monotonic()
        try:
            await self.server.start()
            if self._was_ready and self._after_restart:
                await self._after_restart()
        except Exception as error:  # noqa: BLE001 - whatever it is, trying again is the answer
            self.server.kill()
            self.error = str(error) or repr(error)
            return 0.0
        self.state = State.READY
        self._was_ready = True
        ready = time.monotonic()
        self._announce(f"{self.server.name}: ready in {ready - started:.1f} s")
        self._settled.set()
        while self.server.pid is not None:
            await asyncio.sleep(WATCH_S)
        self.error = (
            f"It ended {time.monotonic() - ready:.1f} s after it was ready.\n"
            f"The end of its log:\n{self.server.log_tail()}"
        )
        return time.monotonic() - ready

    def _give_up(self, deaths: int) -> None:
        self.state = State.FAILED
        self.error = (
            f"{self.server.name} is given up after {deaths} quick deaths in a row. {self.error}"
        )
        self._announce(self.error)
        self._settled.set()
