"""``aidataops labels``: vendors' files in, what was refused, and tasks out to labelling tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.client.asking import HERE, Directory, Json
from aidataops.client.options import (
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    EXIT_UNREADABLE,
    ApiKey,
    Bootstrap,
    DryRun,
    Gateway,
    TopicPrefix,
    destination_of,
)
from annotation_intake.commands.asking import Url, ask
from annotation_intake.commands.exporting import export

if TYPE_CHECKING:
    from aidataops.client import PublishReport
    from aidataops.events import Payload
    from aidataops.vendors import LabelMapping, Unreadable

_SHOWN = 20
_EXIT_CODES = (
    "Exit codes: 0 done; 1 some labels could not be read or were refused, the others are in; "
    "2 wrong options; 3 the file cannot be opened; 4 out of reach. Importing again is always safe."
)

app = typer.Typer(
    name="labels", help="Labels: import, what was refused, export of tasks.", no_args_is_help=True
)
app.command()(export)


@app.command("import", epilog=_EXIT_CODES)
def import_labels(
    file: Annotated[Path, typer.Argument(help="what the tool exported")],
    tool: Annotated[
        str,
        typer.Option(
            help="canonical, label-studio, labelbox, argilla, prodigy, sagemaker, scale, crowd-kit"
        ),
    ],
    vendor: Annotated[str, typer.Option(help="in whose name the labels come")],
    vendor_project: Annotated[str, typer.Option(help="the vendor's name of its project")],
    kind: Annotated[str, typer.Option(help="kind of our label schema")] = "categorical",
    label_field: Annotated[
        str, typer.Option(help="control, question or attribute that holds the label")
    ] = "label",
    task_field: Annotated[
        str, typer.Option(help="field of the vendor's task that holds our task id")
    ] = "task_id",
    guideline_version: Annotated[
        str | None, typer.Option(help="default: the task's field guideline_version")
    ] = None,
    pool: Annotated[str, typer.Option(help="the pool that labelled")] = "default",
    value: Annotated[
        list[str] | None,
        typer.Option(metavar="THEIRS=OURS", help="translates a category; repeat it for more"),
    ] = None,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="what is not in this export is gone")
    ] = False,
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    source: Annotated[
        str | None, typer.Option(help="CloudEvents source; default /vendors/<vendor>")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a labelling tool's file; a row that cannot be read is named and harms no other."""
    from aidataops.client.errors import PublishError
    from aidataops.errors import ConfigurationError
    from aidataops.vendors import ADAPTERS, LabelMapping

    if tool not in ADAPTERS:
        raise typer.BadParameter(f"one of {', '.join(ADAPTERS)}", param_hint="--tool")
    mapping = LabelMapping(
        vendor=vendor,
        vendor_project=vendor_project,
        kind=kind,
        label_field=label_field,
        task_field=task_field,
        guideline_version=guideline_version,
        pool=pool,
        values=_translation(value or []),
    )
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    payloads, unreadable = _read(file, tool, mapping, reconcile=reconcile)
    errors = Console(stderr=True)
    try:
        with _progress(errors, len(payloads)) as sent:
            report = asyncio.run(
                destination.publish(payloads, source or f"/vendors/{vendor}", sent)
            )
    except (PublishError, ConfigurationError) as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNREACHABLE) from error
    _show_import(report, len(payloads), unreadable, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if report.refused or unreadable else 0)


@app.command()
def rejected(
    vendor: Annotated[str | None, typer.Option(help="only this vendor's")] = None,
    project: Annotated[str | None, typer.Option(help="only this project's")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="newest first")] = 50,
    url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Show labels that were not taken: the field, its value, and what would be valid."""
    rows = ask(
        url, "/labels/rejected", directory=directory, vendor=vendor, project=project, limit=limit
    )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        typer.echo("No label is rejected.")
        return
    view = Table("annotation", "revision", "field", "value", "valid", "why", box=None)
    for row in rows:
        view.add_row(
            escape(f"{row['vendor']} {row['annotation_id']}"),
            str(row["revision"]),
            *(escape(row[name]) for name in ("field", "value", "valid", "reason")),
        )
    Console().print(view)


def _translation(rules: Sequence[str]) -> dict[str, str]:
    found = {}
    for rule in rules:
        theirs, sign, ours = rule.partition("=")
        if not sign or not theirs or not ours:
            raise typer.BadParameter(f"{rule!r} is not THEIRS=OURS", param_hint="--value")
        found[theirs] = ours
    return found


def _read(
    file: Path, tool: str, mapping: LabelMapping, *, reconcile: bool
) -> tuple[list[Payload], list[Unreadable]]:
    from aidataops.events.annotation import LabelSubmitted
    from aidataops.vendors import ADAPTERS, Unreadable
    from aidataops.vendors import reconcile as say_what_is_left

    try:
        content, written = file.read_bytes(), file.stat().st_mtime
    except OSError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNREADABLE) from error
    exported_at = datetime.fromtimestamp(written, UTC)
    readings = list(ADAPTERS[tool](content, mapping, exported_at))
    unreadable = [one for one in readings if isinstance(one, Unreadable)]
    payloads: list[Payload] = [one for one in readings if not isinstance(one, Unreadable)]
    if reconcile:
        if unreadable:
            raise typer.BadParameter(
                f"{unreadable[0]}: reconciling would take back what cannot be read",
                param_hint="--reconcile",
            )
        known = [one.annotation_id for one in payloads if isinstance(one, LabelSubmitted)]
        payloads += say_what_is_left(known, mapping, exported_at)
    return payloads, unreadable


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[Sequence[Payload]], None]]:
    """A bar over the labels on their way."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("labels"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("labels", total=total)
        yield lambda batch: bar.advance(task, len(batch))


def _show_import(
    report: PublishReport,
    labels: int,
    unreadable: Sequence[Unreadable],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    if as_json:
        document = {
            "dry_run": dry_run,
            "trace_id": report.trace_id,
            "read": labels,
            "accepted": report.accepted,
            "duplicates": report.duplicates,
            "refused": [asdict(one) for one in report.refused],
            "unreadable": [asdict(one) for one in unreadable],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    console = Console(soft_wrap=True)
    for bad in unreadable[:_SHOWN]:
        console.print(f"unreadable: {bad}", markup=False)
    for refused in report.refused[:_SHOWN]:
        console.print(f"refused: {refused.key}: {refused.title}: {refused.detail}", markup=False)
    if dry_run:
        console.print(f"read {labels}, unreadable {len(unreadable)}; nothing was sent")
        return
    console.print(
        f"in {report.accepted}, already in {report.duplicates}, refused {len(report.refused)}, "
        f"unreadable {len(unreadable)}; trace {report.trace_id}. Whether they are valid: "
        "aidataops labels rejected"
    )
