"""Asking the router's read API, and showing what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

Url = Annotated[
    str,
    typer.Option(envvar="AIDATAOPS_FEEDBACK_ROUTER_URL", help="Where the feedback-router listens."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
DEFAULT_URL = "http://127.0.0.1:8085"


def ask(method: str, url: str, path: str, **more: Any) -> Any:
    """The router's answer; ends the command with 1 when it refuses and 2 when it is not there."""
    import httpx

    try:
        answer = httpx.request(method, url.rstrip("/") + path, timeout=30, **more)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        typer.echo(
            f"{url}: the feedback-router does not answer ({error}); --url says where it is.",
            err=True,
        )
        raise typer.Exit(2) from error
    if answer.is_error:
        typer.echo(f"The feedback-router refuses: {_detail(answer)}", err=True)
        raise typer.Exit(1)
    return answer.json()


def _detail(answer: Any) -> Any:
    try:
        return answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Rows as JSON or as a table of some columns."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column == "remediation_id", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    Console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return " × ".join(str(one) for one in value.values()) or "the whole set"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
