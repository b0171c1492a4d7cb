"""Asking a service's read API from the command line, and showing what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.client.options import EXIT_REFUSED, EXIT_UNREACHABLE
from aidataops.services import PORTS

if TYPE_CHECKING:
    import httpx

EXIT_WRONG = 1
EXIT_UNKNOWN = 3
EXIT_CODES = (
    "Exit codes: 0 answered; 1 what was checked is wrong, or was refused; 2 wrong options;"
    " 3 nobody knows of it; 4 the service (or the gateway) is out of reach."
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Directory = Annotated[Path, typer.Option(help="Where `aidataops up` keeps its state")]
HERE = Path(".aidataops")

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)$")
"""A time in UTC, of which people want to see the minute."""
_WIDE = 160
"""Columns of a table that goes into a file or a pipe."""
_NO_SUCH_PATH = "Not Found"
"""What every service says of a path that it does not have; what is not known is named."""


def url_option(service: str) -> Any:
    """The option ``--url``: where the service listens."""
    return typer.Option(
        "--url",
        envvar=f"AIDATAOPS_{service.upper().replace('-', '_')}_URL",
        help=f"{service}; default: the one that `aidataops up` runs, else port {PORTS[service]}",
    )


def ask(
    service: str,
    url: str | None,
    path: str,
    *,
    directory: Path = HERE,
    content: bytes | None = None,
    or_none: bool = False,
    **query: Any,
) -> Any:
    """The answer as JSON; ends the command with a sentence where there is none.

    Without a URL the service that `aidataops up` runs in the directory is asked, else the one on
    the documented port. Of the ``query`` what is ``None`` is left out; ``content`` is posted. With
    ``or_none`` what nobody knows of is ``None``.
    """
    import httpx

    base = (url or _address(service, directory)).rstrip("/")
    given = {name: value for name, value in query.items() if value is not None}
    method = "GET" if content is None else "POST"
    try:
        answer = httpx.request(
            method, base + path, params=given, content=content, timeout=60, trust_env=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(
            f"{base}: {service} does not answer ({error}). Is it running, and is --url right?",
            EXIT_UNREACHABLE,
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        if _detail(answer) == _NO_SUCH_PATH:
            fail(f"{base} is not {service}: it knows no {path}", EXIT_UNREACHABLE)
        if or_none:
            return None
        fail(_detail(answer), EXIT_UNKNOWN)
    if answer.is_client_error:
        fail(f"{service} refuses: {_detail(answer)}", EXIT_REFUSED)
    if answer.is_error:
        fail(f"{base} answers {answer.status_code}: {_detail(answer)}", EXIT_UNREACHABLE)
    try:
        return answer.json()
    except ValueError:
        fail(f"{base} is not {service}: it answers no JSON to {path}", EXIT_UNREACHABLE)


def fail(sentence: str, code: int) -> NoReturn:
    """End the command with a sentence on stderr."""
    Console(stderr=True, soft_wrap=True).print(sentence, style="red", markup=False)
    raise typer.Exit(code)


def show(answer: Any, *tables: tuple[str, Sequence[Mapping[str, Any]]], as_json: bool) -> None:
    """Print the answer as JSON, or these parts of it as tables; empty parts are left out."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    for title, rows in tables:
        if rows:
            console.print(_table(title, rows))
    if not any(rows for _, rows in tables):
        console.print("nothing is known")


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(title=title, title_justify="left", box=None)
    for name in columns:
        table.add_column(name, no_wrap=name.endswith("_id"), overflow="fold")
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
    moment = _MOMENT.match(str(value))
    return " ".join(moment.groups()) if moment else str(value)


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
        if isinstance(detail, list):
            return "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in detail)
        return str(detail)
    except (ValueError, KeyError, TypeError, IndexError):
        return answer.text[:500]


def _address(service: str, directory: Path) -> str:
    try:
        from aidataops.local.environment import running_environment
    except ModuleNotFoundError:
        environment = None
    else:
        environment = running_environment(directory)
    if environment is not None and service in environment.services:
        return environment.url(service)
    return f"http://127.0.0.1:{PORTS[service]}"
