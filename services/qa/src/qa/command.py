"""``aidataops qa``: a project's quality, and its figures counted anew."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from aidataops.client.asking import HERE, Directory, Json, ask, fail, url_option
from aidataops.local.database import Url as DatabaseUrl
from aidataops.local.database import database_of, explained

if TYPE_CHECKING:
    from qa.backfill import Backfill, Count, CountBatches, Spread

app = typer.Typer(
    no_args_is_help=True,
    help="Quality: whether a project's labels can be trusted, and its figures counted anew.",
)

Url = Annotated[str | None, url_option("qa")]


@app.command(
    epilog="Exit codes: 0 shown; 1 the batch that was asked for has no verdict; 2 wrong options; "
    "3 there is no such project; 4 qa is out of reach."
)
def show(
    project: Annotated[str, typer.Argument(help="The project to show.")],
    batch: Annotated[str | None, typer.Option(help="The verdict of this batch only.")] = None,
    batches: Annotated[
        int, typer.Option(min=0, max=1000, help="How many of the last batches to show.")
    ] = 5,
    url: Url = None,
    directory: Directory = HERE,
    *,
    pairs: Annotated[bool, typer.Option(help="Pairs of annotators too; they are many.")] = False,
    as_json: Json = False,
) -> None:
    """Show whether a project's labels can be trusted, as qa sees it now.

    Agreement by scope with its interval, what guidelines confuse, annotators by their golden
    answers with Wilson's interval, drift charts, and the release gate's verdicts check by check.
    """
    from qa.display import display

    path = f"/projects/{quote(project, safe='')}/quality"
    found = ask("qa", url, path, directory=directory, batch=batch, batches=batches, pairs=pairs)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        display(found)
    if batch is not None and not found["batches"]:
        fail(f"{batch}: no verdict yet, some labels are missing", 1)


@app.command()
def backfill(
    project: Annotated[str, typer.Argument(help="The project to count.")],
    database_url: DatabaseUrl = None,
    directory: Directory = HERE,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes on this machine; default: one per core.")
    ] = os.cpu_count() or 1,
    spark: Annotated[
        str | None,
        typer.Option(metavar="MASTER", help="Count on Spark instead, e.g. local[4] or spark://…"),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Correct nothing; exit with 1 if something is off.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count a project anew from all its labels and put right what was counted before.

    Needed once after an upgrade from a version that kept no tallies; safe at any time, while the
    service runs, and again. Exits with 2 when the project has no labels.
    """
    import asyncio

    from qa.backfill import backfill as run

    database = database_of(database_url, directory)
    with explained(database), _spread(spark, workers) as spread, _watching(spread) as watched:
        found = asyncio.run(run(project, database, watched, correct=not check))
    if as_json:
        typer.echo(json.dumps(_as_dict(found), indent=2, ensure_ascii=False))
    elif found.units:
        _show(found)
    if not found.units:
        Console(stderr=True).print(f"[red]{project}: no labels are known of this project[/red]")
        raise typer.Exit(2)
    if check and (found.stale_units or found.wrong_tallies):
        raise typer.Exit(1)


@contextmanager
def _spread(spark: str | None, workers: int) -> Iterator[Spread]:
    if spark is not None:
        from qa.spark import on_spark

        with on_spark(spark) as spread:
            yield spread
    else:
        from qa.backfill import in_processes

        with in_processes(workers) as spread:
            yield spread


@contextmanager
def _watching(spread: Spread) -> Iterator[Spread]:
    """The same, with a bar that shows how far it is."""
    from rich.progress import track

    def watched(counting: CountBatches, chunks: Sequence[Sequence[str]]) -> Iterator[Count]:
        counts = spread(counting, chunks)
        console = Console(stderr=True)
        yield from track(counts, "counting", total=len(chunks), console=console, transient=True)

    yield watched


def _as_dict(found: Backfill) -> dict[str, Any]:
    return {
        "project": found.project,
        "units": found.units,
        "stale_units": found.stale_units,
        "wrong_tallies": found.wrong_tallies,
        "agreement": [one.model_dump(mode="json") for one in found.agreement],
    }


def _show(found: Backfill) -> None:
    from qa.display import interval, value_of

    view = Table(title=f"{found.project}: {found.units} units")
    for heading in ("scope", "of", "coefficient", "value", "95 % interval", "verdict"):
        view.add_column(heading)
    for one in found.agreement:
        figure = one.agreement
        value, bounds = value_of(figure.model_dump()), interval(figure.lower, figure.upper)
        view.add_row(one.scope, one.scope_value, figure.coefficient, value, bounds, one.verdict)
    console = Console()
    console.print(view)
    console.print(f"{found.stale_units} units were stale, {found.wrong_tallies} tallies were off.")
