"""A service's schema, as commands reach it: options, and a connection for one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

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

    async def connected() -> T:
        connection = await asyncpg.connect(
            database_url or _running_database(directory),
            timeout=10,
            server_settings={"search_path": schema_of(service), "jit": "off"},
        )
        try:
            return await work(connection)
        except asyncpg.UndefinedTableError as error:
            raise ConfigurationError(f"there is no service {service!r} in this database") from error
        finally:
            await connection.close()

    try:
        return asyncio.run(connected())
    except (AidataopsError, OSError, asyncpg.PostgresError) as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(1) from error


def _running_database(directory: Path) -> str:
    from aidataops.local.environment import running_environment

    environment = running_environment(directory)
    if environment is None:
        raise ConfigurationError(
            f"nothing runs in {directory}: give --database-url, or start `aidataops up`"
        )
    return environment.admin_url
