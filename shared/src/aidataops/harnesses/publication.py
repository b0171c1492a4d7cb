"""A run as events: the run, its samples in chunks, its failures."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from aidataops.events import Payload
from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationFailure,
    EvaluationRunCompleted,
    SampleScore,
    SamplesScored,
)
from aidataops.harnesses.baseline import Reference, baselines
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.run import Run
from aidataops.harnesses.sample import Sample, Tally
from aidataops.harnesses.taxonomy import categorize, severity_of

CHUNK = 500
"""Samples in one ``samples_scored``: half of what it may hold, so that it stays below 1 MB."""


def publication(
    runs: list[Run], options: ReadOptions, reference: Reference, notes: Notes | None = None
) -> Iterator[Payload]:
    """Per run: ``run_completed``, then every sample in chunks and a ``failure`` for each wrong one.

    The same files give the same events with the same ids. A sample without a score is errored,
    which is no failure of the model. Raises `HarnessFileError`.
    """
    compared = baselines([run.identity for run in runs], options.baseline, reference)
    for run, baseline in zip(runs, compared, strict=True):
        tally = Tally.of(run.samples(), options.slice_fields)
        _check(run, tally, options)
        told = run if options.again is None else _again(run, options.again)
        telling = _Telling(told, tally, options, baseline, notes or Notes())
        try:
            yield from telling.events()
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            raise HarnessFileError(
                problem["msg"],
                file=run.identity.file,
                field=".".join(str(step) for step in problem["loc"]),
                remedy="no event can carry this; correct the files or the options",
            ) from error


def _again(run: Run, name: str) -> Run:
    identity = replace(run.identity, run_id=f"{run.identity.run_id}~{name}")
    return replace(run, identity=identity)


def failure_of(run: Run, sample: Sample, options: ReadOptions) -> EvaluationFailure | None:
    """What `publication` will tell of one sample that nothing else in the run is called like.

    ``None`` when it passed or errored.
    """
    telling = _Telling(run, Tally(), options, None, Notes())
    outcome = telling.outcome(sample)
    return None if outcome.passed or outcome.errored else telling.failure(sample, outcome)


def _check(run: Run, tally: Tally, options: ReadOptions) -> None:
    if not tally.samples:
        raise HarnessFileError(
            "holds no sample", file=run.identity.file, remedy="give the files of a run that ran"
        )
    if missing := set(options.slice_fields or ()) - tally.fields:
        raise HarnessFileError(
            f"no sample has a field {', '.join(sorted(missing))}",
            file=run.identity.file,
            remedy=f"slice by one of: {', '.join(sorted(tally.fields)) or 'none'}",
        )
    if tally.graded is not None and options.pass_at is None:
        raise HarnessFileError(
            f"is graded ({tally.graded.score} here), and nothing says from where on a sample "
            "passes",
            file=run.identity.file,
            line=tally.graded.line,
            field=run.metric,
            remedy="say it (--pass-at SCORE)",
        )


@dataclass(slots=True)
class _Telling:
    """One run being told; counts how often each sample has come."""

    run: Run
    tally: Tally
    options: ReadOptions
    baseline: str | None
    notes: Notes
    seen: Counter[bytes] = field(default_factory=Counter)

    @property
    def chunks(self) -> int:
        return -(-self.tally.samples // CHUNK)

    @property
    def dataset_version(self) -> DatasetReference | None:
        return self.options.dataset_version or self.run.dataset_version

    def events(self) -> Iterator[Payload]:
        yield self._completed()
        chunk: list[SampleScore] = []
        number = 0
        for sample in self.run.samples():
            outcome = self.outcome(sample)
            chunk.append(outcome)
            if len(chunk) == CHUNK:
                yield self._scored(number, chunk)
                chunk, number = [], number + 1
            if not outcome.passed and not outcome.errored:
                yield self.failure(sample, outcome)
        if chunk:
            yield self._scored(number, chunk)

    def _completed(self) -> EvaluationRunCompleted:
        identity = self.run.identity
        return EvaluationRunCompleted(
            run_id=identity.run_id,
            project=self.options.project,
            model=identity.model,
            task=identity.task,
            task_version=identity.task_version,
            harness=self.run.harness,
            dataset_version=self.dataset_version,
            baseline_run_id=self.baseline,
            completed_at=self.run.completed_at,
            samples=self.tally.samples,
            errored=self.tally.errored,
            chunks=self.chunks,
            metrics=dict(self.run.metrics),
        )

    def _scored(self, number: int, chunk: Iterable[SampleScore]) -> SamplesScored:
        return SamplesScored(
            run_id=self.run.identity.run_id,
            project=self.options.project,
            metric=self.run.metric,
            chunk=number,
            chunks=self.chunks,
            samples=tuple(chunk),
        )

    def outcome(self, sample: Sample) -> SampleScore:
        """A sample's outcome; what comes again gets a number, and the first one as its cluster."""
        name = sample.pairing
        if sample.repetition > 1:
            name = f"{name}#{sample.repetition}"
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        self.seen[digest] += 1
        occurrence = self.seen[digest]
        sample_id = name if occurrence == 1 else f"{name}#{occurrence}"
        return SampleScore(
            sample_id=sample_id,
            slices=sample.slices(self.options.slice_fields),
            score=0.0 if sample.score is None else sample.score,
            passed=self._passes(sample),
            errored=sample.score is None,
            cluster=sample.cluster or (None if sample_id == sample.pairing else sample.pairing),
        )

    def _passes(self, sample: Sample) -> bool:
        if sample.score is None:
            return False
        if sample.passed is not None:
            return sample.passed
        if self.run.higher_is_better:
            return sample.score >= (1.0 if self.options.pass_at is None else self.options.pass_at)
        return sample.score <= (0.0 if self.options.pass_at is None else self.options.pass_at)

    def failure(self, sample: Sample, outcome: SampleScore) -> EvaluationFailure:
        identity = self.run.identity
        key = f"{identity.run_id}/{outcome.sample_id}"
        return EvaluationFailure(
            failure_id=f"failure-{hashlib.sha256(key.encode()).hexdigest()[:32]}",
            run_id=identity.run_id,
            project=self.options.project,
            model=identity.model,
            task=identity.task,
            sample_id=outcome.sample_id,
            part_of_run=True,
            dataset_version=self.dataset_version,
            slices=outcome.slices,
            category=categorize(
                sample,
                categories=self.options.categories,
                defaults=self.run.defaults,
                notes=self.notes,
            ),
            severity=severity_of(sample.attributes),
            metric=self.run.metric,
            score=outcome.score,
            prompt=sample.prompt,
            expected=sample.expected,
            actual=sample.actual,
        )
