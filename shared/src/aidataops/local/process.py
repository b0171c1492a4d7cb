"""A child process that never outlives us: its output in a file, signals to its whole tree."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from aidataops.errors import AidataopsError

TETHER = Path(__file__).with_name("tether.py")
POLL_S = 0.05
KILL_POLL_S = 0.005
KILL_DEADLINE_S = 10.0


class LocalServerError(AidataopsError):
    """A local server or service could not be prepared or started; the message says what to do."""

    code = "local_server"


@dataclass(frozen=True)
class Account:
    """The operating-system user that a child runs as."""

    name: str
    uid: int
    gid: int


class ChildProcess:
    """One command, started and stopped any number of times, output appended to `log`.

    The child leads its own session, so Ctrl-C in the terminal reaches only us and we decide the
    order of stopping. On Linux the kernel sends it `death_signal` when we die, even by SIGKILL.
    The kernel means the *thread* that started the child: start from one that lives on.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        account: Account | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._environment = environment
        self._directory = directory
        self._account = account
        self._death_signal = death_signal
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command; it is running, not necessarily ready, when this returns."""
        if self.running:
            raise LocalServerError(f"Process {self.pid} is still running: stop it first.")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        uid, gid = (self._account.uid, self._account.gid) if self._account else (-1, -1)
        tether = [str(int(self._death_signal)), str(os.getpid()), str(uid), str(gid)]
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(TETHER), *tether, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if self._environment is None else dict(self._environment),
                cwd=self._directory,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        """The process id while the child runs."""
        return self._popen.pid if self._popen is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the child has been started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended (negative: the signal); None while running or never started."""
        return None if self._popen is None else self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal the child alone; nothing happens when it has already ended."""
        if self._popen is not None:
            self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL the child and all its descendants; returns once they are gone.

        The root is frozen first, so that it cannot fork another one meanwhile. Descendants that
        made sessions of their own (the backends of Postgres do) are found by parentage.
        """
        if not self.running or self._popen is None:
            return
        self.send(signal.SIGSTOP)
        tree = self._tree()
        for process in tree:
            _signal(process, signal.SIGKILL)
        self._popen.wait(KILL_DEADLINE_S)
        deadline = time.monotonic() + KILL_DEADLINE_S
        while any(map(_is_alive, tree[1:])) and time.monotonic() < deadline:
            time.sleep(KILL_POLL_S)

    def pause(self) -> None:
        """SIGSTOP the child and its descendants: alive, connected, and silent."""
        for process in self._tree():
            _signal(process, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT what `pause` stopped."""
        for process in self._tree():
            _signal(process, signal.SIGCONT)

    async def stop(self, *, request: signal.Signals = signal.SIGTERM, grace_s: float) -> bool:
        """Ask the child to end, kill it after `grace_s`; true when it ended by itself."""
        process = self._popen
        if process is None or process.poll() is not None:
            return True
        self.resume()
        self.send(request)
        deadline = time.monotonic() + grace_s
        while process.poll() is None:
            if time.monotonic() > deadline:
                self.kill()
                return False
            await asyncio.sleep(POLL_S)
        return True

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the output, for an error message."""
        if not self.log.exists():
            return "(no output)"
        with self.log.open(errors="replace") as output:
            return "".join(deque(output, maxlen=lines)).strip() or "(no output)"

    async def until_ready(
        self, probe: Callable[[], Awaitable[bool]], *, what: str, deadline_s: float
    ) -> None:
        """Wait until `probe` says yes; a child that ended or is late is killed and explained."""
        deadline = time.monotonic() + deadline_s
        while True:
            if not self.running:
                raise LocalServerError(
                    f"{what} ended with exit code {self.exit_code} while starting. "
                    f"The end of {self.log}:\n{self.log_tail()}"
                )
            if await probe():
                return
            if time.monotonic() > deadline:
                self.kill()
                raise LocalServerError(
                    f"{what} was not ready within {deadline_s:.0f} s, so it was killed. "
                    f"The end of {self.log}:\n{self.log_tail()}"
                )
            await asyncio.sleep(POLL_S)

    def _tree(self) -> list[psutil.Process]:
        if not self.running or self._popen is None:
            return []
        try:
            root = psutil.Process(self._popen.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; an unreaped zombie of somebody else's does not count."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
