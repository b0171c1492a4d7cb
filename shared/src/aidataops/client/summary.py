"""What a publish read, counted while it passes by."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import typer
from rich.progress import Progress, TaskID

from aidataops.client.report import PublishReport
from aidataops.client.view import show
from aidataops.events import Payload
from aidataops.events.evaluation import (
    EvaluationFailure,
    EvaluationRunCompleted,
    SampleScore,
    SamplesScored,
)
from aidataops.harnesses import Notes


@dataclass(slots=True)
class SliceCount:
    """How the samples of one slice fared."""

    samples: int = 0
    failures: int = 0
    errored: int = 0

    def add(self, sample: SampleScore) -> None:
        """Take one more sample into account."""
        self.samples += 1
        self.errored += sample.errored
        self.failures += not sample.passed and not sample.errored


@dataclass(slots=True)
class RunCount:
    """A run and what is in it; ``slices`` by ``attribute=value``."""

    run: EvaluationRunCompleted
    failures: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    slices: dict[str, SliceCount] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        version = self.run.dataset_version
        return {
            "run_id": self.run.run_id,
            "model": self.run.model,
            "task": self.run.task,
            "samples": self.run.samples,
            "failures": self.failures,
            "errored": self.run.errored,
            "baseline_run_id": self.run.baseline_run_id,
            "dataset_version": None if version is None else f"{version.dataset}@{version.version}",
            "categories": dict(self.categories),
            "slices": {name: asdict(count) for name, count in sorted(self.slices.items())},
        }


@dataclass(slots=True)
class Summary:
    """Counts runs, samples and failures; ``unreadable`` are the files that gave none."""

    runs: dict[str, RunCount] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    unreadable: list[str] = field(default_factory=list)
    progress: Progress | None = None
    task: TaskID | None = None

    def watch(self, events: Iterable[Payload], progress: Progress) -> Iterator[Payload]:
        """Pass the events on; what the progress bar has to reach grows with every run."""
        self.progress, self.task = progress, progress.add_task("publishing", total=0)
        for event in events:
            if isinstance(event, EvaluationRunCompleted):
                self.runs[event.run_id] = RunCount(event)
                total = sum(each.run.samples for each in self.runs.values())
                progress.update(self.task, total=total)
            elif isinstance(event, EvaluationFailure):
                self.runs[event.run_id].failures += 1
                self.runs[event.run_id].categories[event.category] += 1
            elif isinstance(event, SamplesScored):
                self._count(event)
            yield event

    def _count(self, chunk: SamplesScored) -> None:
        slices = self.runs[chunk.run_id].slices
        for sample in chunk.samples:
            for attribute, value in sample.slices.items():
                slices.setdefault(f"{attribute}={value}", SliceCount()).add(sample)

    def sent(self, payloads: Sequence[Payload]) -> None:
        """Move the bar on by the samples among what was sent."""
        samples = sum(len(each.samples) for each in payloads if isinstance(each, SamplesScored))
        if self.progress is not None and self.task is not None:
            self.progress.advance(self.task, samples)

    def show(self, report: PublishReport, *, dry_run: bool, as_json: bool) -> None:
        """Print to standard output."""
        if as_json:
            typer.echo(json.dumps(self._document(report, dry_run), indent=2))
        else:
            show(self, report, dry_run=dry_run)

    def _document(self, report: PublishReport, dry_run: bool) -> dict[str, object]:
        return {
            "dry_run": dry_run,
            "trace_id": report.trace_id,
            "accepted": report.accepted,
            "duplicates": report.duplicates,
            "refused": [asdict(refused) for refused in report.refused],
            "runs": [each.document() for each in self.runs.values()],
            "unreadable": self.unreadable,
            "unmapped_tags": dict(self.notes.unmapped),
        }
