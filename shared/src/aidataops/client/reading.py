"""Options of every command that reads a harness's files, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from aidataops.events.evaluation import DatasetReference, FailureCategory
from aidataops.harnesses import ReadOptions, TableMapping
from aidataops.harnesses.dataset import dataset_reference

Paths = Annotated[list[Path], typer.Argument(help="output files, or directories that hold one")]
Project = Annotated[str, typer.Option(help="the project that these results concern")]
Source = Annotated[
    str | None,
    typer.Option(
        help="CloudEvents source; lies within what the API key may speak for"
        " [default: /harnesses/ and the harness's name]"
    ),
]
DatasetVersion = Annotated[
    str | None,
    typer.Option(
        metavar="NAME@N",
        help="dataset version that the model was trained on; none is ever guessed",
    ),
]
Baseline = Annotated[
    str | None, typer.Option(metavar="RUN_ID|PATH", help="the run to compare with, or its files")
]
SliceField = Annotated[
    list[str] | None,
    typer.Option(help="field of a document or its metadata to slice by; repeat it for more"),
]
Category = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=VALUE:CATEGORY", help="failure category; repeat it for more"),
]
Mapping = Annotated[
    Path | None,
    typer.Option(help="mapping file (YAML): see `aidataops publish mapping`"),
]
Model = Annotated[str | None, typer.Option(help="overrides the harness's model name")]
Task = Annotated[str | None, typer.Option(help="overrides the harness's name of the task")]
CompletedAt = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="when the run ended (ISO 8601), where the files do not say"),
]
Metric = Annotated[str | None, typer.Option(help="the metric or scorer that decides")]
Filter = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", help="only this filter (lm-eval) or provider (promptfoo); repeat it for more"
    ),
]
PassAt = Annotated[
    float | None, typer.Option(help="score from which on a sample of a graded metric passes")
]
Interrupted = Annotated[
    bool,
    typer.Option("--interrupted", help="take a run that never ended: what never ran is errored"),
]
Again = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="publish results once more, as the run RUN_ID~NAME: with another baseline, project or"
        " dataset version than the first time",
    ),
]


def read_options(
    *,
    project: str,
    dataset_version: str | None,
    baseline: str | None,
    slice_field: list[str] | None,
    category: list[str] | None,
    mapping: Path | None,
    model: str | None,
    task: str | None,
    completed_at: str | None,
    metric: str | None,
    filter_name: list[str] | None,
    pass_at: float | None,
    interrupted: bool,
    again: str | None = None,
) -> ReadOptions:
    """What was asked for; an option goes before the mapping file.

    Raises ``typer.BadParameter`` for an option and `HarnessFileError` for the mapping file.
    """
    options = ReadOptions(
        project=project,
        model=model,
        task=task,
        completed_at=_completed_at(completed_at),
        dataset_version=_dataset_version(dataset_version),
        baseline=baseline,
        slice_fields=tuple(slice_field) if slice_field else None,
        categories=_categories(category or []),
        metric=metric,
        filters=tuple(filter_name or ()),
        pass_at=pass_at,
        interrupted=interrupted,
        again=again,
    )
    return options if mapping is None else _mapped(options, TableMapping.load(mapping))


def _mapped(options: ReadOptions, mapping: TableMapping) -> ReadOptions:
    run = mapping.run
    return replace(
        options,
        model=options.model or run.model,
        task=options.task or run.task,
        completed_at=options.completed_at or run.completed_at,
        dataset_version=options.dataset_version or run.dataset_version,
        slice_fields=options.slice_fields or tuple(mapping.slices) or None,
        categories={**mapping.categories, **options.categories},
        metric=options.metric or run.metric,
        table=mapping,
    )


def _dataset_version(text: str | None) -> DatasetReference | None:
    try:
        return None if text is None else dataset_reference(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--dataset-version") from error


def _completed_at(text: str | None) -> datetime | None:
    try:
        moment = None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time, for example 2026-11-22T21:42:32Z", param_hint="--completed-at"
        ) from error
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


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
