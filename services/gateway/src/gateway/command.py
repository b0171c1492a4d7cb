"""``aidataops keys``: who may come in, in whose name, until when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.local.database import HERE, Directory, Json, Url, run_in_schema

if TYPE_CHECKING:
    from aidataops.database import Connection

app = typer.Typer(help="API keys of the gateway: create, list, revoke.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What people call it, e.g. nightly-evaluation")]


@app.command()
def create(
    name: Name,
    source: Annotated[
        str, typer.Option(help="The source it speaks for, e.g. /harnesses/nightly; or beneath it")
    ],
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it may say, again and again: publish:evaluation.*, project:support, "
            "vendor:acme, person:dana; * stands for all"
        ),
    ],
    days: Annotated[int, typer.Option(min=1, help="So long it is accepted")] = 90,
    database_url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Make a key and print it: this once, only its hash is kept.

    To rotate one, make another with the same source, and revoke the first when all have changed.
    """
    from gateway.keys import create_key

    now = datetime.now(UTC)
    expires_at = now + timedelta(days=days)

    async def run(connection: Connection) -> str:
        return await create_key(
            connection, name=name, source=source, scopes=scope, now=now, expires_at=expires_at
        )

    key = run_in_schema("gateway", database_url, directory, run)
    if as_json:
        typer.echo(json.dumps({"name": name, "key": key, "expires_at": expires_at.isoformat()}))
        return
    typer.echo(key)
    typer.echo(f"{name} is accepted until {expires_at:%Y-%m-%d}; it is not shown again.", err=True)


@app.command("list")
def list_command(
    database_url: Url = None, directory: Directory = HERE, *, as_json: Json = False
) -> None:
    """Show every key by its beginning, with what it may say; never the key."""
    from gateway.store import KeyStore

    rows = run_in_schema(
        "gateway", database_url, directory, lambda connection: KeyStore(connection).list_all()
    )
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], default=str, indent=2))
        return
    now = datetime.now(UTC)
    view = Table("name", "begins with", "source", "scopes", "until", box=None)
    for row in rows:
        until = "for ever" if row["expires_at"] is None else f"{row['expires_at']:%Y-%m-%d %H:%M}"
        ended = row["expires_at"] is not None and row["expires_at"] <= now
        view.add_row(
            escape(row["name"]),
            row["prefix"],
            escape(row["source"]),
            escape(" ".join(row["scopes"])),
            f"[dim]ended {until}[/dim]" if ended else until,
        )
    Console().print(view)


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="How the key begins, from `list`")],
    database_url: Url = None,
    directory: Directory = HERE,
) -> None:
    """End a key now; what it has sent stays. Exits with 1 when no such key is accepted."""
    from gateway.store import KeyStore

    now = datetime.now(UTC)
    names = run_in_schema(
        "gateway", database_url, directory, lambda connection: KeyStore(connection).end(prefix, now)
    )
    if not names:
        typer.echo(f"no accepted key begins with {prefix!r}: see `aidataops keys list`", err=True)
        raise typer.Exit(1)
    typer.echo(f"{', '.join(names)}: ended.")
