"""promptfoo's results as events: every prompt sent to a provider is a run of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference, Harness
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import Fields
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.promptfoo.results import ResultsFile
from aidataops.harnesses.promptfoo.taxonomy import DEFAULTS
from aidataops.harnesses.publication import publication
from aidataops.harnesses.run import Run, RunIdentity
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import digest_of


def read(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of one results file; see `publication`.

    ``filters`` chooses columns by provider or by the prompt's label; ``metric`` is one of
    promptfoo's named scores instead of its verdict.
    """
    results = ResultsFile.find(path)
    chosen = _chosen(results, options)
    if options.model is not None and len(chosen) > 1:
        raise HarnessFileError(
            f"holds {len(chosen)} runs, and --model would name them all alike",
            file=results.file,
            field="results.prompts",
            remedy="choose one by its provider (--filter)",
        )
    runs = [_run(results, number, options) for number in chosen]
    yield from publication(runs, options, lambda other: _reference(other, options), notes)


def _chosen(results: ResultsFile, options: ReadOptions) -> list[int]:
    wanted = set(options.filters)
    columns = [(_provider(each), each.text("label")) for each in results.columns]
    chosen = [
        number for number, names in enumerate(columns) if not wanted or wanted.intersection(names)
    ]
    if not chosen:
        raise HarnessFileError(
            "holds no such run" if columns else "holds no run",
            file=results.file,
            field="results.prompts",
            remedy=f"providers are: {', '.join(sorted({name for name, _ in columns})) or 'none'}",
        )
    for number in chosen:
        metrics = results.columns[number].object("metrics").object("namedScores").content
        if options.metric is not None and options.metric not in metrics:
            raise HarnessFileError(
                f"has no named score {options.metric!r}",
                file=results.file,
                field=f"results.prompts[{number}].metrics.namedScores",
                remedy=f"choose one (--metric) of: {', '.join(metrics) or 'none'}",
            )
    return chosen


def _provider(column: Fields) -> str:
    return column.needed("provider")


def _reference(path: Path, options: ReadOptions) -> list[RunIdentity]:
    results = ResultsFile.find(path)
    return [_identity(results, number, options) for number in range(len(results.columns))]


def _identity(results: ResultsFile, number: int, options: ReadOptions) -> RunIdentity:
    column = results.columns[number]
    prompt, provider = column.needed("id"), _provider(column)
    name = digest_of(results.evaluation_id(), number, prompt, provider, options.metric)
    config = results.header.object("config")
    return RunIdentity(
        file=results.file,
        run_id=f"promptfoo-{name}",
        task=options.task or config.needed("description", "say which task it was (--task)"),
        model=options.model or provider,
        variant=prompt,
    )


def _run(results: ResultsFile, number: int, options: ReadOptions) -> Run:
    identity = _identity(results, number, options)

    def samples() -> Iterator[Sample]:
        for row in results.rows():
            if row.column == number:
                yield row.sample(identity.task, options.metric)

    version = results.header.object("metadata").text("promptfooVersion")
    return Run(
        identity=identity,
        harness=Harness(name="promptfoo", version=version),
        metric=options.metric or "success",
        completed_at=options.completed_at or results.completed_at(),
        samples=samples,
        metrics=results.figures(results.columns[number]),
        dataset_version=_dataset_version(results),
        defaults=DEFAULTS,
    )


def _dataset_version(results: ResultsFile) -> DatasetReference | None:
    """What the configuration says under ``metadata`` or ``tags``."""
    config = results.header.object("config")
    return config.object("metadata").dataset_version() or config.object("tags").dataset_version()
