"""A service's schema, as commands reach it: options, and a connection for one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

import typer

from aidataops.client.asking import fail
from aidataops.client.options import EXIT_REFUSED
from aidataops.errors import AidataopsError, ConfigurationError

if TYPE_CHECKING:
    from aidataops.database import Connection

T = TypeVar("T")

Url = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="AIDATAOPS_DATABASE_URL",
        help="The database; default: the one that `aidataops up` runs in --directory",
    ),
]
Directory = Annotated[Path, typer.Option(help="Where `aidataops up` keeps its state")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
HERE = Path(".aidataops")


def run_in_schema(
    service: str,
    database_url: str | None,
    directory: Path,
    work: Callable[[Connection], Awaitable[T]],
) -> T:
    """Do work on a connection in a service's schema; what goes wrong is one sentence and exit 1."""
    import asyncpg

    from aidataops.database.migrate import schema_of

    url = database_of(database_url, directory)

    async def connected() -> T:
        connection = await asyncpg.connect(
            url,
            timeout=10,
            server_settings={"search_path": schema_of(service), "jit": "off"},
        )
        try:
            return await work(connection)
        except asyncpg.UndefinedTableError as error:
            raise ConfigurationError(f"there is no service {service!r} in this database") from error
        finally:
            await connection.close()

    with explained(url):
        return asyncio.run(connected())


def database_of(database_url: str | None, directory: Path) -> str:
    """The database that was given, or that of `aidataops up`; ends the command without any."""
    from aidataops.local.environment import running_environment

    if database_url is not None:
        return database_url
    environment = running_environment(directory)
    if environment is None:
        fail(
            f"nothing runs in {directory}: give --database-url, or start `aidataops up`"
            " (--directory says where it keeps its state)",
            EXIT_REFUSED,
        )
    return environment.admin_url


@contextmanager
def explained(database_url: str, variable: str = "AIDATAOPS_DATABASE_URL") -> Iterator[None]:
    """What goes wrong with a database is one sentence and exit 1; no password is in it."""
    import asyncpg

    try:
        yield
    except OSError as error:
        address = urlsplit(database_url).netloc.rpartition("@")[2]
        fail(
            f"no Postgres answers at {address} ({error}): is --database-url ({variable}) right?",
            EXIT_REFUSED,
        )
    except asyncpg.ClientConfigurationError as error:
        fail(f"--database-url ({variable}) is wrong: {error}", EXIT_REFUSED)
    except (AidataopsError, asyncpg.PostgresError) as error:
        fail(str(error), EXIT_REFUSED)
