"""lm-evaluation-harness: its output files as events.

Every task under every filter is a run of its own: the filters of a task score the same answers, so
that in one run each document would count twice. The metric is named as the harness names its
figures, ``exact_match,strict-match``, so that no run is compared with one under another filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aidataops.events import Payload
from aidataops.events.evaluation import Harness
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.lm_eval.results import ResultsFile
from aidataops.harnesses.lm_eval.rows import SampleRow, read_rows
from aidataops.harnesses.lm_eval.survey import Survey, survey
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.publication import publication
from aidataops.harnesses.run import Run, RunIdentity
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import pairing_of


def read(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of an output directory or a ``results_<date>.json``; see `publication`."""
    results = ResultsFile.load(path)
    runs = [
        _run(results, task, filter_name, found, options)
        for task in results.tasks
        for filter_name, found in _surveys(results, task, options).items()
    ]
    if not runs:
        raise HarnessFileError(
            "holds no task with samples",
            file=results.path,
            remedy=f"filters asked for: {', '.join(options.filters) or 'all'}",
        )
    yield from publication(runs, options, _reference, notes)


def _surveys(results: ResultsFile, task: str, options: ReadOptions) -> dict[str, Survey]:
    file = results.samples_file(task)
    found = survey(file)
    expected = results.expected_rows(task)
    for filter_name, each in found.items():
        if expected is not None and each.rows != expected:
            raise HarnessFileError(
                f"has {each.rows} rows under filter {filter_name!r}, the results say {expected}",
                file=file,
                remedy="the run was interrupted or written twice: run it again",
            )
    return {
        name: each for name, each in found.items() if not options.filters or name in options.filters
    }


def _reference(path: Path) -> list[RunIdentity]:
    results = ResultsFile.load(path)
    return [
        _identity(results, task, filter_name)
        for task in results.tasks
        for filter_name in results.filters(task)
    ]


def _identity(
    results: ResultsFile, task: str, filter_name: str, file: Path | None = None, model: str = ""
) -> RunIdentity:
    return RunIdentity(
        file=file or results.path,
        run_id=results.run_id(task, filter_name),
        task=task,
        model=model,
        task_version=results.task_version(task),
        variant=filter_name,
    )


def _run(
    results: ResultsFile, task: str, filter_name: str, found: Survey, options: ReadOptions
) -> Run:
    metric = found.choose(results.metric_order(task), options.metric, options.pass_at)
    version = results.content.get("lm_eval_version")
    identity = _identity(results, task, filter_name, found.file, results.model(options.model))

    def samples() -> Iterator[Sample]:
        for row in read_rows(found.file):
            if row.filter_name == filter_name:
                yield _sample(row, metric, identity)

    return Run(
        identity=identity,
        harness=Harness(
            name="lm-evaluation-harness", version=None if version is None else str(version)
        ),
        metric=f"{metric},{filter_name}",
        completed_at=results.completed_at(),
        samples=samples,
        metrics=results.metrics(task, filter_name),
        higher_is_better=results.is_higher_better(task, metric),
    )


def _sample(row: SampleRow, metric: str, identity: RunIdentity) -> Sample:
    """A row's outcome; equal documents have equal hashes."""
    task = f"{identity.task}@{identity.task_version}"
    return Sample(
        pairing=pairing_of(task, row.filter_name, row.doc_hash),
        score=row.score(metric),
        file=row.file,
        line=row.line,
        place="doc",
        attributes=row.document,
        prompt=row.prompt,
        expected=row.expected,
        actual=row.actual,
    )
