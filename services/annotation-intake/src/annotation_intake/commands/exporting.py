"""``aidataops labels export``: open tasks, for people to label."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from aidataops.client.asking import HERE, Directory
from annotation_intake.commands.asking import Url, ask


def export(
    project: Annotated[str, typer.Argument(help="whose open tasks")],
    form: Annotated[
        Literal["jsonl", "label-studio"],
        typer.Option("--format", help="jsonl, or the tasks that Label Studio imports"),
    ] = "jsonl",
    tier: Annotated[str | None, typer.Option(help="tier1, tier2 or adjudication")] = None,
    output: Annotated[Path | None, typer.Option(help="default: standard output")] = None,
    push: Annotated[
        str | None,
        typer.Option(metavar="URL", help="make a project of this Label Studio server"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="LABEL_STUDIO_API_KEY", help="access token of that server"),
    ] = None,
    url: Url = None,
    directory: Directory = HERE,
) -> None:
    """Write the tasks that still want labels; golden ones look like any other."""
    from annotation_intake.domain.exporting import label_studio_task

    tasks = list(_open_tasks(url, directory, project, tier))
    if push is not None:
        if not token:
            raise typer.BadParameter("the server needs LABEL_STUDIO_API_KEY", param_hint="--push")
        from annotation_intake.label_studio import create_projects

        for name, number in create_projects(push, token, project, tasks).items():
            typer.echo(f"{name}: project {number} with its tasks")
        return
    if form == "jsonl":
        text = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
    else:
        text = json.dumps([label_studio_task(task) for task in tasks], ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        typer.echo(f"{len(tasks)} tasks in {output}")


def _open_tasks(
    url: str | None, directory: Path, project: str, tier: str | None
) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = ask(
            url, "/tasks", directory=directory, project=project, tier=tier, after=after, limit=1000
        )
        yield from page
        if len(page) < 1000:
            return
        after = page[-1]["task_id"]
