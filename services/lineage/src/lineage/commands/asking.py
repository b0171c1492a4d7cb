"""Asking the read API, and showing what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

EXIT_WRONG = 1
EXIT_UNKNOWN = 3
EXIT_UNREACHABLE = 4

EXIT_CODES = (
    "Exit codes: 0 answered; 1 what was checked is wrong, or was refused; 2 wrong options;"
    " 3 nobody knows of it; 4 lineage (or the gateway) is out of reach."
)

Lineage = Annotated[
    str,
    typer.Option("--lineage", envvar="AIDATAOPS_LINEAGE_URL", help="URL of lineage's read API"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
HERE = "http://127.0.0.1:8086"


def ask(url: str, path: str, **query: Any) -> Any:
    """The JSON answer; ends the program with a sentence where there is none."""
    try:
        response = httpx.get(url.rstrip("/") + path, params=query, timeout=60, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"{url}: {error}. Is lineage running, and is --lineage right?", EXIT_UNREACHABLE)
    if response.status_code == httpx.codes.NOT_FOUND:
        fail(_detail(response), EXIT_UNKNOWN)
    if response.is_client_error:
        fail(_detail(response), 2)
    if response.is_error:
        fail(f"{url} answers {response.status_code}: {_detail(response)}", EXIT_UNREACHABLE)
    return response.json()


def show(answer: Any, *tables: tuple[str, Sequence[Mapping[str, Any]]], as_json: bool) -> None:
    """Print the answer as JSON, or these parts of it as tables; empty parts are left out."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    console = Console()
    for title, rows in tables:
        if rows:
            console.print(_table(title, rows))
    if not any(rows for _, rows in tables):
        console.print("nothing is known")


def fail(sentence: str, code: int) -> Any:
    """End the program with a sentence on stderr."""
    Console(stderr=True, soft_wrap=True).print(f"[red]{escape(sentence)}[/red]")
    raise typer.Exit(code)


def reference(text: str) -> tuple[str, int]:
    """``support@2`` as dataset and number."""
    dataset, _, version = text.rpartition("@")
    if not dataset or not version.isdecimal():
        raise typer.BadParameter(f"{text!r} is not NAME@N, for example support@2")
    return dataset, int(version)


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, title=title, title_justify="left", box=None)
    for row in rows:
        table.add_row(*(escape(_text(row.get(name))) for name in columns))
    return table


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value)


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]
