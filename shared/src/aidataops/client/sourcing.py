"""``aidataops items | sources | benchmark | coverage``: what goes into the data, from files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import typer

from aidataops.client.importing import ItemImport
from aidataops.client.options import (
    EXIT_CODES,
    EXIT_REFUSED,
    ApiKey,
    AsJson,
    Bootstrap,
    DryRun,
    Gateway,
    TopicPrefix,
    destination_of,
)
from aidataops.client.sending import explained, send
from aidataops.events.governance import ItemReleaseDecided, SourceDecided
from aidataops.events.sourcing import ReleasableGate
from aidataops.imports.benchmarks import read_benchmark
from aidataops.imports.items import ItemReader
from aidataops.imports.progress import ImportProgress
from aidataops.imports.rows import read_rows
from aidataops.imports.weights import read_weights

items = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
sources = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
benchmark = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
coverage = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Project = Annotated[str, typer.Option(help="the project that this concerns")]
Source = Annotated[
    str, typer.Option(help="CloudEvents source; within what the API key may speak for")
]
File = Annotated[Path, typer.Argument(help="the file; its suffix says what it is")]
MadeBy = Annotated[
    str,
    typer.Option("--as", envvar="AIDATAOPS_PERSON", help="who decides: the project's Accountable"),
]


@items.callback()
def _items() -> None:
    """Items of training and evaluation data on their way in."""


@items.command("import", epilog=EXIT_CODES)
def import_items(
    path: File,
    project: Project,
    source: Annotated[str, typer.Option(help="id of the registered source that they are from")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    sender: Source = "/imports/items",
    text_field: Annotated[str, typer.Option(help="column with the text")] = "text",
    id_field: Annotated[
        str, typer.Option(help="column with the id; without it the content names the item")
    ] = "item_id",
    slice_field: Annotated[
        list[str] | None, typer.Option(help="column to slice by; repeat it for more")
    ] = None,
    brief: Annotated[str | None, typer.Option(help="the brief that these items answer")] = None,
    resume: Annotated[
        bool, typer.Option(help="go on after the last row that an interrupted import sent")
    ] = True,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import items from JSON Lines, CSV or Parquet (by the suffix), one item a row.

    Columns: text, or uri with media_type and checksum (sha256:<hex>); item_id, brief_id, and slices
    (an object, or name columns by --slice-field). A row that is no item is told and skipped.
    Interrupted, it goes on where it was; the same file twice changes nothing.
    """
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    reader = ItemReader(project, source, text_field, id_field, tuple(slice_field or ()), brief)
    with explained() as console:
        remembered = ImportProgress(path, f"{reader} {destination.gateway} {destination.bootstrap}")
        running = ItemImport(path, reader, remembered if resume and not dry_run else None)
        report = running.run(destination, sender, console)
    running.show(report, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if report.refused or running.unreadable else 0)


@items.command("release", epilog=EXIT_CODES)
def release_item(
    item: Annotated[str, typer.Argument(help="id of the quarantined item")],
    project: Project,
    gate: Annotated[ReleasableGate, typer.Option(help="the gate to open")],
    made_by: MadeBy,
    reason: Annotated[str, typer.Option(help="why; it is kept with the decision")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    sender: Source = "/imports/decisions",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a quarantined item in after all, in spite of one gate."""
    decision = ItemReleaseDecided(
        decision_id=str(uuid4()),
        subject=item,
        project=project,
        gate=gate,
        made_by=made_by,
        role="accountable",
        made_at=datetime.now(UTC),
        reason=reason,
    )
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    raise typer.Exit(send([decision], destination, sender, as_json))


@sources.callback()
def _sources() -> None:
    """Sources of items."""


@sources.command("decide", epilog=EXIT_CODES)
def decide_source(
    source: Annotated[str, typer.Argument(help="id of the source")],
    verdict: Annotated[
        Literal["approved", "refused", "suspended"], typer.Argument(help="the decision")
    ],
    project: Project,
    made_by: MadeBy,
    reason: Annotated[str, typer.Option(help="why; it is kept with the decision")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    sender: Source = "/imports/decisions",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve, refuse or suspend a source; a suspended one's items leave the pool."""
    decision = SourceDecided(
        decision_id=str(uuid4()),
        subject=source,
        project=project,
        verdict=verdict,
        made_by=made_by,
        role="accountable",
        made_at=datetime.now(UTC),
        reason=reason,
    )
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    raise typer.Exit(send([decision], destination, sender, as_json))


@benchmark.callback()
def _benchmark() -> None:
    """Evaluation sets that training data must not contain."""


@benchmark.command("protect", epilog=EXIT_CODES)
def protect_benchmark(
    path: File,
    name: Annotated[str, typer.Option(help="id of the benchmark, e.g. support-faq")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    sender: Source = "/imports/benchmarks",
    version: Annotated[str | None, typer.Option(help="version of the benchmark")] = None,
    text_field: Annotated[str, typer.Option(help="column with the text to protect")] = "text",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Keep an evaluation set (JSON Lines, CSV, Parquet) out of the data.

    Items that share 13 words in a row with it are quarantined, those in the pool too.
    """
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    with explained():
        chunks = read_benchmark(
            read_rows(path),
            benchmark_id=name,
            name=name,
            version=version,
            text_field=text_field,
        )
    raise typer.Exit(send(chunks, destination, sender, as_json))


@coverage.callback()
def _coverage() -> None:
    """What production looks like, for the data to be held against."""


@coverage.command("weights", epilog=EXIT_CODES)
def set_weights(
    path: File,
    project: Project,
    revision: Annotated[int, typer.Option(min=1, help="the highest revision counts")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    sender: Source = "/imports/coverage",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set production weights and floors from CSV, JSON Lines, Parquet or JSON.

    A row is a slice: a column per attribute, and weight, or floor (items) with its reason, or both.
    JSON has weights, floors, psi_limit and significance as the event has them.
    """
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    with explained():
        weights = read_weights(path, project=project, revision=revision)
    raise typer.Exit(send([weights], destination, sender, as_json))
