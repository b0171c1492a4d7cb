"""A running environment, as other commands find it: `supervisor.json` and a lock."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from aidataops.local.process import LocalServerError

STATE_FILE = "supervisor.json"
LOCK_FILE = "supervisor.lock"


@dataclass(frozen=True)
class ServiceAddress:
    """Where a service answers, and its process."""

    url: str
    pid: int | None


@dataclass(frozen=True)
class Environment:
    """What one supervisor runs; an empty string or None is what it does not run."""

    directory: Path
    supervisor_pid: int
    kafka_name: str
    kafka_bootstrap: str
    kafka_idempotence: bool
    kafka_pid: int | None
    admin_url: str
    postgres_pid: int | None
    services: Mapping[str, ServiceAddress]

    def url(self, service: str) -> str:
        """The HTTP base of a service; raises LocalServerError for one that is not run here."""
        try:
            return self.services[service].url
        except KeyError:
            raise LocalServerError(
                f"No service {service!r} in {self.directory}; there are: "
                f"{', '.join(self.services) or 'none'}."
            ) from None

    def as_json(self) -> str:
        """One JSON document, as it is kept in the state file."""
        return json.dumps(asdict(self) | {"directory": str(self.directory)}, indent=2) + "\n"

    def save(self) -> None:
        """Write the state file, whole or not at all."""
        partial = self.directory / f".{STATE_FILE}"
        partial.write_text(self.as_json())
        partial.replace(self.directory / STATE_FILE)


def running_environment(directory: Path) -> Environment | None:
    """What a living supervisor runs in the directory; None without one, or before it is ready.

    A state file left by a supervisor that was killed is not believed: the lock ends with its
    process.
    """
    directory = directory.absolute()
    try:
        with (directory / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _load(directory)
    return None


class DirectoryLock:
    """Keeps a second supervisor out of a directory, for as long as our process lives."""

    def __init__(self, directory: Path) -> None:
        """Nothing is locked yet."""
        self._directory = directory
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Raise LocalServerError when another supervisor holds the directory."""
        self._directory.mkdir(parents=True, exist_ok=True)
        file = (self._directory / LOCK_FILE).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise LocalServerError(
                f"An environment is already running in {self._directory} (process {owner}): "
                "use it, stop it with Ctrl-C or SIGTERM, or choose another --directory."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Remove the state file and let others in."""
        if self._file is not None:
            (self._directory / STATE_FILE).unlink(missing_ok=True)
            self._file.close()
            self._file = None


def _load(directory: Path) -> Environment | None:
    try:
        state = json.loads((directory / STATE_FILE).read_text())
    except FileNotFoundError:
        return None
    addresses = {name: ServiceAddress(**address) for name, address in state["services"].items()}
    return Environment(**state | {"directory": directory, "services": addresses})
