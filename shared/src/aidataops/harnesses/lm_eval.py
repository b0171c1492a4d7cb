"""lm-evaluation-harness: its output files as events.

Every task under every filter is a run of its own: the filters of a task score the same answers, so
that in one run each document would count twice. The metric is named as the harness names its
figures, ``exact_match,strict-match``, so that no run is compared with one under another filter.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from aidataops.events import Payload
from aidataops.events.evaluation import (
    EvaluationFailure,
    EvaluationRunCompleted,
    Harness,
    SampleScore,
    SamplesScored,
)
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.lm_eval_results import ResultsFile
from aidataops.harnesses.lm_eval_rows import SampleRow, read_rows
from aidataops.harnesses.lm_eval_survey import Survey, survey
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.taxonomy import categorize, severity_of

CHUNK = 500
"""Samples in one ``samples_scored``: half of what it may hold, so that it stays below 1 MB."""

_IDENTIFIER = 200


def read(path: Path, options: ReadOptions) -> Iterator[Payload]:
    """The events of an output directory or a ``results_<date>.json``.

    Per task and filter: ``run_completed``, then every sample's outcome in chunks and, in between,
    a ``failure`` for each wrong answer. The same files give the same events with the same ids.
    A sample without a score (null, not a number) is errored, which is no failure of the model.
    Raises `HarnessFileError` naming file, line, field and the remedy.
    """
    results = ResultsFile.load(path)
    plans = [
        _Plan.make(results, task, filter_name, found, options)
        for task in results.tasks
        for filter_name, found in _surveys(results, task, options).items()
    ]
    if not plans:
        raise HarnessFileError(
            "holds no task with samples",
            file=results.path,
            remedy=f"filters asked for: {', '.join(options.filters) or 'all'}",
        )
    baselines = _baselines(results, plans, options.baseline)
    try:
        for plan, baseline in zip(plans, baselines, strict=True):
            yield from plan.events(baseline)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise HarnessFileError(
            problem["msg"],
            file=results.path,
            field=".".join(str(step) for step in problem["loc"]),
            remedy="no event can carry this; correct the files or the options",
        ) from error


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
    fields = set().union(*(each.fields for each in found.values()))
    if missing := set(options.slice_fields or ()) - fields:
        raise HarnessFileError(
            f"no document has a field {', '.join(sorted(missing))}",
            file=file,
            field="doc",
            remedy=f"slice by one of: {', '.join(sorted(fields)) or 'none'}",
        )
    return {
        name: each for name, each in found.items() if not options.filters or name in options.filters
    }


def _baselines(results: ResultsFile, plans: list[_Plan], baseline: str | None) -> list[str | None]:
    """The run that each plan's run is compared with."""
    if baseline is None:
        return [None] * len(plans)
    path = Path(baseline)
    if not path.exists():
        if path.suffix == ".json" or len(path.parts) > 1:
            raise HarnessFileError(
                "no such file or directory", file=path, remedy="give a run id or lm_eval's output"
            )
        if len(plans) > 1:
            raise HarnessFileError(
                f"holds {len(plans)} runs, and one run id cannot be the baseline of all",
                file=results.path,
                remedy="give the baseline's files instead of its id, or choose one --filter",
            )
        return [baseline]
    reference = ResultsFile.load(path)
    return [plan.counterpart(reference) for plan in plans]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One run to publish: a task under one filter, and the metric that decides."""

    results: ResultsFile
    file: Path
    task: str
    filter_name: str
    found: Survey
    metric: str
    model: str
    options: ReadOptions

    @classmethod
    def make(
        cls,
        results: ResultsFile,
        task: str,
        filter_name: str,
        found: Survey,
        options: ReadOptions,
    ) -> _Plan:
        metric = found.choose(results.metric_order(task), options.metric, options.pass_at)
        model = results.model(options.model)
        return cls(results, found.file, task, filter_name, found, metric, model, options)

    @property
    def run_id(self) -> str:
        return self.results.run_id(self.task, self.filter_name)

    @property
    def figure(self) -> str:
        """The metric under the name that the harness gives its figure."""
        return f"{self.metric},{self.filter_name}"

    @property
    def chunks(self) -> int:
        return -(-self.found.rows // CHUNK)

    def counterpart(self, reference: ResultsFile) -> str:
        """The id of the same task and filter in another results file."""
        if self.filter_name not in reference.filters(self.task):
            raise HarnessFileError(
                f"has no task {self.task!r} under filter {self.filter_name!r} to compare with",
                file=reference.path,
                remedy="give the files of a run of the same tasks",
            )
        before, now = reference.task_version(self.task), self.results.task_version(self.task)
        if before != now:
            raise HarnessFileError(
                f"task {self.task!r} is of version {before} here and {now} in {self.results.path}: "
                "no sample would pair",
                file=reference.path,
                field="versions",
                remedy="evaluate both models on the same version of the task",
            )
        run_id = reference.run_id(self.task, self.filter_name)
        if run_id == self.run_id:
            raise HarnessFileError(
                "is the run to publish itself", file=reference.path, remedy="give an earlier run"
            )
        return run_id

    def events(self, baseline: str | None) -> Iterator[Payload]:
        """The run, its samples in chunks, its failures."""
        yield self._run(baseline)
        chunk: list[SampleScore] = []
        number = 0
        seen: Counter[bytes] = Counter()
        for row in read_rows(self.file):
            if row.filter_name != self.filter_name:
                continue
            sample = self._sample(row, seen)
            chunk.append(sample)
            if len(chunk) == CHUNK:
                yield self._scored(number, chunk)
                chunk, number = [], number + 1
            if not sample.passed and not sample.errored:
                yield self._failure(row, sample)
        if chunk:
            yield self._scored(number, chunk)

    def _run(self, baseline: str | None) -> EvaluationRunCompleted:
        version = self.results.content.get("lm_eval_version")
        return EvaluationRunCompleted(
            run_id=self.run_id,
            project=self.options.project,
            model=self.model,
            task=self.task,
            task_version=self.results.task_version(self.task),
            harness=Harness(
                name="lm-evaluation-harness", version=None if version is None else str(version)
            ),
            dataset_version=self.options.dataset_version,
            baseline_run_id=baseline,
            completed_at=self.results.completed_at(),
            samples=self.found.rows,
            errored=self.found.errored[self.metric],
            chunks=self.chunks,
            metrics=self.results.metrics(self.task, self.filter_name),
        )

    def _scored(self, number: int, chunk: list[SampleScore]) -> SamplesScored:
        return SamplesScored(
            run_id=self.run_id,
            project=self.options.project,
            metric=self.figure,
            chunk=number,
            chunks=self.chunks,
            samples=tuple(chunk),
        )

    def _sample(self, row: SampleRow, seen: Counter[bytes]) -> SampleScore:
        """A row's outcome.

        Equal documents have equal hashes: from the second on they get a number, and the first one
        as their cluster.
        """
        pairing = self._pairing_id(row.doc_hash)
        digest = hashlib.blake2b(row.doc_hash.encode(), digest_size=16).digest()
        seen[digest] += 1
        occurrence = seen[digest]
        score = row.score(self.metric)
        return SampleScore(
            sample_id=pairing if occurrence == 1 else f"{pairing}#{occurrence}",
            slices=row.slices(self.options.slice_fields),
            score=0.0 if score is None else score,
            passed=score is not None and self._passes(score),
            errored=score is None,
            cluster=pairing if occurrence > 1 else None,
        )

    def _passes(self, score: float) -> bool:
        if self.results.is_higher_better(self.task, self.metric):
            return score >= (1.0 if self.options.pass_at is None else self.options.pass_at)
        return score <= (0.0 if self.options.pass_at is None else self.options.pass_at)

    def _pairing_id(self, doc_hash: str) -> str:
        version = self.results.task_version(self.task)
        pairing = f"{self.task}@{version}/{self.filter_name}/{doc_hash}"
        if len(pairing) <= _IDENTIFIER - 10:
            return pairing
        return hashlib.sha256(pairing.encode()).hexdigest()

    def _failure(self, row: SampleRow, sample: SampleScore) -> EvaluationFailure:
        digest = hashlib.sha256(f"{self.run_id}/{sample.sample_id}".encode()).hexdigest()[:32]
        return EvaluationFailure(
            failure_id=f"failure-{digest}",
            run_id=self.run_id,
            project=self.options.project,
            model=self.model,
            task=self.task,
            sample_id=sample.sample_id,
            part_of_run=True,
            dataset_version=self.options.dataset_version,
            slices=sample.slices,
            category=categorize(
                row.document,
                expected=row.expected,
                actual=row.actual,
                categories=self.options.categories,
            ),
            severity=severity_of(row.document),
            metric=self.figure,
            score=sample.score,
            prompt=row.prompt,
            expected=row.expected,
            actual=row.actual,
        )
