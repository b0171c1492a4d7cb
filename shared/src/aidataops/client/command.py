"""``aidataops publish``: what an evaluation harness found, published from where its files are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
from aidataops.client.report import PublishReport
from aidataops.client.summary import Summary
from aidataops.errors import ConfigurationError
from aidataops.events.evaluation import DatasetReference, FailureCategory
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions

_DATASET = re.compile(r"(?P<dataset>.+)@(?P<version>\d+)")

app = typer.Typer(name="publish", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def publish() -> None:
    """Publish evaluation results: every sample's outcome, and one event per failure."""


@app.command("lm-eval", epilog=EXIT_CODES)
def publish_lm_eval(
    path: Annotated[
        Path, typer.Argument(help="lm_eval's output directory, or one of its results_*.json")
    ],
    project: Annotated[str, typer.Option(help="the project that these results concern")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    source: Annotated[
        str, typer.Option(help="CloudEvents source; lies within what the API key may speak for")
    ] = "/harnesses/lm-eval",
    dataset_version: Annotated[
        str | None,
        typer.Option(metavar="NAME@N", help="dataset version that the model was trained on"),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="RUN_ID|PATH", help="the run to compare with, or its files"),
    ] = None,
    slice_field: Annotated[
        list[str] | None,
        typer.Option(help="document field to slice by; repeat it for more"),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE:CATEGORY", help="failure category; repeat it for more"),
    ] = None,
    model: Annotated[str | None, typer.Option(help="overrides the harness's model name")] = None,
    metric: Annotated[str | None, typer.Option(help="the metric that decides")] = None,
    filter_name: Annotated[
        list[str] | None, typer.Option("--filter", help="only this filter; repeat it for more")
    ] = None,
    pass_at: Annotated[
        float | None, typer.Option(help="score from which on a sample of a graded metric passes")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish runs of lm-evaluation-harness (it needs its options --log_samples --output_path)."""
    options = ReadOptions(
        project=project,
        model=model,
        dataset_version=_dataset_version(dataset_version),
        baseline=baseline,
        slice_fields=tuple(slice_field) if slice_field else None,
        categories=_categories(category or []),
        metric=metric,
        filters=tuple(filter_name or ()),
        pass_at=pass_at,
    )
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    summary = Summary()
    errors = Console(stderr=True)
    code = 0
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("samples"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
        ) as progress:
            events = summary.watch(ADAPTERS["lm-eval"](path, options), progress)
            report = asyncio.run(destination.publish(events, source, summary.sent))
    except HarnessFileError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNREADABLE) from error
    except (PublishError, ConfigurationError) as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        report = error.report if isinstance(error, PublishError) else PublishReport("")
        code = EXIT_UNREACHABLE
    if report.refused:
        code = code or EXIT_REFUSED
    summary.show(report, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(code)


def _dataset_version(text: str | None) -> DatasetReference | None:
    if text is None:
        return None
    match = _DATASET.fullmatch(text)
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not NAME@N, for example support@2", param_hint="--dataset-version"
        )
    return DatasetReference(dataset=match["dataset"], version=int(match["version"]))


def _categories(rules: list[str]) -> dict[str, FailureCategory]:
    categories: dict[str, FailureCategory] = {}
    for rule in rules:
        condition, _, name = rule.rpartition(":")
        try:
            categories[condition] = FailureCategory(name)
        except ValueError as error:
            raise typer.BadParameter(
                f"{rule!r}: the category is one of {', '.join(FailureCategory)}",
                param_hint="--category",
            ) from error
        if "=" not in condition:
            raise typer.BadParameter(
                f"{rule!r} is not FIELD=VALUE:CATEGORY", param_hint="--category"
            )
    return categories
