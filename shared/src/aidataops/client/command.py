"""``aidataops publish``: what an evaluation harness found, published from where its files are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aidataops.client import reading
from aidataops.client.destination import Destination
from aidataops.client.errors import PublishError
from aidataops.client.options import (
    EXIT_CODES,
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    EXIT_UNREADABLE,
    ApiKey,
    AsJson,
    Bootstrap,
    DryRun,
    Gateway,
    TopicPrefix,
    destination_of,
)
from aidataops.client.outbox import DEFAULT, Entry, entries
from aidataops.client.report import PublishReport
from aidataops.client.summary import Summary
from aidataops.errors import ConfigurationError
from aidataops.events import Payload
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions, TableMapping

app = typer.Typer(name="publish", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def publish() -> None:
    """Publish evaluation results: every sample's outcome, and one event per failure."""


def _command(tool: str) -> Callable[..., None]:
    """The command of one harness; they differ in nothing but what reads the files."""

    def publish_files(
        paths: reading.Paths,
        project: reading.Project,
        gateway: Gateway = None,
        api_key: ApiKey = None,
        bootstrap: Bootstrap = None,
        topic_prefix: TopicPrefix = "",
        source: reading.Source = None,
        dataset_version: reading.DatasetVersion = None,
        baseline: reading.Baseline = None,
        slice_field: reading.SliceField = None,
        category: reading.Category = None,
        mapping: reading.Mapping = None,
        model: reading.Model = None,
        task: reading.Task = None,
        completed_at: reading.CompletedAt = None,
        metric: reading.Metric = None,
        filter_name: reading.Filter = None,
        pass_at: reading.PassAt = None,
        interrupted: reading.Interrupted = False,
        again: reading.Again = None,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        try:
            options = reading.read_options(
                project=project,
                dataset_version=dataset_version,
                baseline=baseline,
                slice_field=slice_field,
                category=category,
                mapping=mapping,
                model=model,
                task=task,
                completed_at=completed_at,
                metric=metric,
                filter_name=filter_name,
                pass_at=pass_at,
                interrupted=interrupted,
                again=again,
            )
        except HarnessFileError as error:
            _complain(str(error))
            raise typer.Exit(EXIT_UNREADABLE) from error
        destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
        summary = Summary()
        events = _events(tool, paths, options, summary)
        report, code = _send(events, destination, source or f"/harnesses/{tool}", summary)
        summary.show(report, dry_run=dry_run, as_json=as_json)
        raise typer.Exit(code or (EXIT_UNREADABLE if summary.unreadable else 0))

    return publish_files


def _events(
    tool: str, paths: list[Path], options: ReadOptions, summary: Summary
) -> Iterator[Payload]:
    """Of all files; one that cannot be read harms no other."""
    for path in paths:
        try:
            yield from ADAPTERS[tool](path, options, summary.notes)
        except HarnessFileError as error:
            summary.unreadable.append(str(error))
            _complain(str(error))


def _send(
    events: Iterator[Payload], destination: Destination, source: str, summary: Summary
) -> tuple[PublishReport, int]:
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("samples"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as progress:
            watched = summary.watch(events, progress)
            report = asyncio.run(destination.publish(watched, source, summary.sent))
    except (PublishError, ConfigurationError) as error:
        _complain(str(error))
        report = error.report if isinstance(error, PublishError) else PublishReport("")
        return report, EXIT_UNREACHABLE
    return report, EXIT_REFUSED if report.refused else 0


def _complain(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, soft_wrap=True)


_ABOUT = {
    "lm-eval": "Publish runs of lm-evaluation-harness (run it with --log_samples --output_path).",
    "inspect": "Publish logs of Inspect (.eval, .json).",
    "promptfoo": "Publish results of promptfoo (promptfoo eval --output results.json).",
    "deepeval": "Publish test runs of DeepEval (run it with DEEPEVAL_RESULTS_FOLDER set).",
    "jsonl": "Publish a file with one JSON object per sample, read as a mapping file says.",
    "csv": "Publish a CSV file with one row per sample, read as a mapping file says.",
}
for _tool, _about in _ABOUT.items():
    app.command(_tool, help=_about, epilog=EXIT_CODES)(_command(_tool))


@app.command("outbox", epilog=EXIT_CODES)
def publish_outbox(
    directory: Annotated[Path, typer.Argument(help="the outbox of a hook")] = DEFAULT,
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish what hooks left behind: the gateway was away, or the run crashed.

    Of a run that crashed, what never ran is errored. Do not use it while a run is going on.
    """
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    waiting = entries(directory)
    if not waiting and not as_json:
        typer.echo(f"Nothing waits in {directory}.")
        return
    summary, total, worst = Summary(), PublishReport(""), 0
    for path in waiting:
        try:
            entry = Entry.load(path)
            events = list(entry.events(summary.notes))
        except HarnessFileError as error:
            summary.unreadable.append(str(error))
            _complain(str(error))
            continue
        report, code = _send(iter(events), destination, entry.source, summary)
        total.add(report)
        worst = max(worst, code)
        if code == 0 and not dry_run:
            entry.remove()
    summary.show(total, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(worst or (EXIT_UNREADABLE if summary.unreadable else 0))


@app.command("mapping")
def mapping(
    schema: Annotated[bool, typer.Option("--schema", help="print its JSON Schema")] = False,
) -> None:
    """Show what a mapping file may say."""
    typer.echo(
        json.dumps(TableMapping.model_json_schema(), indent=2) if schema else TableMapping.example()
    )


@app.command("promptfoo-extension")
def promptfoo_extension() -> None:
    """Show an extension for promptfoo: write it into aidataops.cjs beside promptfooconfig.yaml."""
    typer.echo(resources.files("aidataops.hooks").joinpath("promptfoo.cjs").read_text())
