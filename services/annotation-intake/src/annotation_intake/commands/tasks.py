"""``aidataops tasks``: work for a person, and who has which."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.client.asking import HERE, Directory, Json
from aidataops.client.options import (
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    ApiKey,
    Bootstrap,
    Gateway,
    TopicPrefix,
    destination_of,
)
from annotation_intake.commands.asking import Url, ask

_POLL_SECONDS = 0.2

app = typer.Typer(name="tasks", help="Tasks: ask for work, see who has it.", no_args_is_help=True)


@app.command(
    epilog="Exit codes: 0 there are tasks; 1 there are none, or the request was refused; "
    "2 wrong options; 4 out of reach, or no answer in time. Asking again with the same --request "
    "gets the same tasks and no more."
)
def request(
    project: Annotated[str, typer.Argument(help="whose tasks")],
    vendor: Annotated[str, typer.Option(help="for whom the annotator works")],
    annotator: Annotated[str, typer.Option(help="who is to label them")],
    number: Annotated[int, typer.Option(min=1, max=100, help="how many at most")] = 10,
    pool: Annotated[str | None, typer.Option(help="default: the annotator's first")] = None,
    tier: Annotated[str | None, typer.Option(help="tier1, tier2 or adjudication")] = None,
    name: Annotated[
        str | None, typer.Option("--request", help="a name of your own; default: a new one")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="seconds to wait for the answer")] = 30.0,
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Ask for work: tasks that are the annotator's until a time, and go to others after it."""
    from pydantic import ValidationError

    from aidataops.client.errors import PublishError
    from aidataops.errors import ConfigurationError
    from aidataops.events.annotation import WorkRequested

    errors = Console(stderr=True, soft_wrap=True)
    asked: dict[str, Any] = {"pool": pool, "tier": tier, "tasks": number}
    try:
        event = WorkRequested(
            request_id=name or str(uuid4()),
            project=project,
            vendor=vendor,
            annotator=annotator,
            **asked,
        )
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise typer.BadParameter(f"{wrong['loc'][0]}: {wrong['msg']}") from error
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run=False)
    try:
        report = asyncio.run(destination.publish([event], f"/vendors/{vendor}", lambda _: None))
    except (PublishError, ConfigurationError) as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(EXIT_UNREACHABLE) from error
    for refused in report.refused:
        errors.print(f"refused: {refused.title}: {refused.detail}", markup=False)
        raise typer.Exit(EXIT_REFUSED)
    answer = _await(url, directory, f"/work/{vendor}/{event.request_id}", wait)
    if answer is None:
        errors.print(
            f"No answer within {wait:g} s. The request {event.request_id} is in: ask again with "
            f"--request {event.request_id}",
            markup=False,
        )
        raise typer.Exit(EXIT_UNREACHABLE)
    _show(answer, event.request_id, as_json=as_json)
    raise typer.Exit(0 if answer["tasks"] else EXIT_REFUSED)


@app.command()
def assigned(
    project: Annotated[str, typer.Argument(help="whose tasks")],
    vendor: Annotated[str | None, typer.Option(help="only this vendor's people")] = None,
    annotator: Annotated[str | None, typer.Option(help="only what this person has")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="the next to end first")] = 50,
    url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Show who has which task and has not labelled it yet."""
    rows = ask(
        url,
        "/assignments",
        directory=directory,
        project=project,
        vendor=vendor,
        annotator=annotator,
        limit=limit,
    )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    view = Table("task", "who", "until", "request", box=None)
    for row in rows:
        who = f"{row['vendor']} {row['annotator']}"
        view.add_row(
            *(escape(one) for one in (row["task_id"], who, row["expires_at"], row["request_id"]))
        )
    Console().print(view if rows else "Nobody has a task of this project.")


def _await(url: str | None, directory: Path, path: str, seconds: float) -> Any:
    """The answer once it is there, ``None`` after so many seconds without one."""
    until = time.monotonic() + seconds
    answer = ask(url, path, directory=directory, or_none=True)
    while answer is None and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        answer = ask(url, path, directory=directory, or_none=True)
    return answer


def _show(answer: dict[str, Any], request_id: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"request_id": request_id, **answer}, indent=2))
        return
    console = Console(soft_wrap=True)
    if answer["tasks"]:
        view = Table("task", "tier", "guideline", "item", box=None)
        for task in answer["tasks"]:
            shown = (task["task_id"], task["tier"], task["guideline_version"])
            view.add_row(*map(escape, (*shown, task["text"] or task["uri"] or "")))
        console.print(view)
        console.print(
            f"until {answer['expires_at']}, in pool {answer['pool']}; request {request_id}",
            markup=False,
        )
    if answer["reason"]:
        console.print(answer["reason"], markup=False)
