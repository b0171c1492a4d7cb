"""``aidataops dlq``: what could not be handled, and its way back."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.local.database import HERE, Directory, Json, Url, run_in_schema

app = typer.Typer(no_args_is_help=True)

Service = Annotated[
    str | None,
    typer.Argument(help="The service, e.g. qa; default: the one whose role the database URL names"),
]


@app.command("list")
def list_command(
    service: Service = None,
    database_url: Url = None,
    directory: Directory = HERE,
    *,
    resolved: Annotated[bool, typer.Option(help="Also those that a replay has settled")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first")] = 50,
    as_json: Json = False,
) -> None:
    """Show the dead letters of a service, newest first."""
    from aidataops.messaging import dead_letters

    service = service or _service_of(database_url)
    rows = run_in_schema(
        service,
        database_url,
        directory,
        lambda connection: dead_letters.list_letters(connection, resolved=resolved, limit=limit),
    )
    if as_json:
        typer.echo(json.dumps(rows, default=str, indent=2))
        return
    if not rows:
        typer.echo(f"{service} has no open dead letters.")
        return
    view = Table("id", "since", "topic", "type", "why", "times", box=None)
    for row in rows:
        view.add_row(
            str(row["identity"]),
            f"{row['created_at']:%Y-%m-%d %H:%M:%S}",
            row["topic"],
            escape((row["event_type"] or "–").removeprefix("aidataops.")),
            escape(f"{row['code']}: {row['reason'][:200]}"),
            str(row["deliveries"]),
        )
    Console().print(view)
    typer.echo(f"aidataops dlq show {service} ID · aidataops dlq replay {service} ID …")


@app.command()
def show(
    service: Annotated[str, typer.Argument(help="The service, e.g. qa")],
    letter: Annotated[UUID, typer.Argument(help="Its id, from `list`")],
    database_url: Url = None,
    directory: Directory = HERE,
) -> None:
    """Print one dead letter whole, as JSON; bytes that are no text in base64."""
    from aidataops.messaging import dead_letters

    row = run_in_schema(
        service,
        database_url,
        directory,
        lambda connection: dead_letters.show(connection, letter),
    )
    typer.echo(json.dumps(row, default=_readable, indent=2))


@app.command()
def replay(
    service: Annotated[str, typer.Argument(help="The service, e.g. qa")],
    letters: Annotated[
        list[UUID] | None, typer.Argument(help="Ids, from `list`; or give --all")
    ] = None,
    database_url: Url = None,
    directory: Directory = HERE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every open dead letter")] = False,
) -> None:
    """Send dead letters to their topic again, under their own event ids.

    A letter is settled when the service has processed it; one that fails again is counted again.
    """
    if bool(letters) == everything:
        raise typer.BadParameter("name the letters, or give --all")
    from aidataops.clock import SystemClock
    from aidataops.messaging import dead_letters

    async def run(connection: Any) -> int:
        chosen = letters or [
            row["identity"] for row in await dead_letters.list_letters(connection, limit=10_000)
        ]
        return await dead_letters.replay(connection, chosen, now=SystemClock().now())

    count = run_in_schema(service, database_url, directory, run)
    typer.echo(f"{count} of {service}'s dead letters are on their way again.")
    if letters and count < len(set(letters)):
        typer.echo(
            f"The others are settled, erased or unknown: see aidataops dlq list {service}", err=True
        )
        raise typer.Exit(1)


def _service_of(database_url: str | None) -> str:
    role = urlsplit(database_url or "").username or ""
    if not role.startswith("aidataops_"):
        raise typer.BadParameter("which service? For example: aidataops dlq list qa")
    return role.removeprefix("aidataops_").replace("_", "-")


def _readable(value: object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return b64encode(value).decode()
    return str(value)
