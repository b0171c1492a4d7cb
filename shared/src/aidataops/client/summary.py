"""What a publish read and what became of it, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from aidataops.client.report import PublishReport
from aidataops.events import Payload
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored

_SHOWN = 20


@dataclass(slots=True)
class _Run:
    run: EvaluationRunCompleted
    failures: int = 0


@dataclass(slots=True)
class Summary:
    """Counts runs, samples and failures while they pass by."""

    runs: dict[str, _Run] = field(default_factory=dict)
    progress: Progress | None = None
    task: TaskID | None = None

    def watch(self, events: Iterable[Payload], progress: Progress) -> Iterator[Payload]:
        """Pass the events on; what the progress bar has to reach grows with every run."""
        self.progress, self.task = progress, progress.add_task("publishing", total=0)
        for event in events:
            if isinstance(event, EvaluationRunCompleted):
                self.runs[event.run_id] = _Run(event)
                total = sum(each.run.samples for each in self.runs.values())
                progress.update(self.task, total=total)
            elif isinstance(event, EvaluationFailure):
                self.runs[event.run_id].failures += 1
            yield event

    def sent(self, payloads: Sequence[Payload]) -> None:
        """Move the bar on by the samples among what was sent."""
        samples = sum(len(each.samples) for each in payloads if isinstance(each, SamplesScored))
        if self.progress is not None and self.task is not None:
            self.progress.advance(self.task, samples)

    def show(self, report: PublishReport, *, dry_run: bool, as_json: bool) -> None:
        """Print to standard output."""
        if as_json:
            typer.echo(json.dumps(self._document(report, dry_run), indent=2))
            return
        console = Console()
        table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        table.add_column("run", no_wrap=True)
        for name in ("samples", "failures", "errored"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("model, task", overflow="fold")
        for each in self.runs.values():
            run = each.run
            counts = (str(run.samples), str(each.failures), str(run.errored))
            table.add_row(run.run_id, *counts, f"{run.model}, {run.task}")
        console.print(table)
        for each in self.runs.values():
            if each.run.baseline_run_id is not None:
                console.print(f"compared with {each.run.baseline_run_id}", markup=False)
        if dry_run:
            console.print("Dry run: nothing was sent.")
            return
        for refused in report.refused[:_SHOWN]:
            console.print(
                f"refused ({refused.status}) {refused.type} {refused.key}: "
                f"{refused.title}: {refused.detail}",
                markup=False,
            )
        if len(report.refused) > _SHOWN:
            console.print(f"and {len(report.refused) - _SHOWN} more")
        console.print(
            f"accepted {report.accepted}, already in {report.duplicates}, "
            f"refused {len(report.refused)}; trace {report.trace_id}"
        )

    def _document(self, report: PublishReport, dry_run: bool) -> dict[str, object]:
        return {
            "dry_run": dry_run,
            "trace_id": report.trace_id,
            "accepted": report.accepted,
            "duplicates": report.duplicates,
            "refused": [asdict(refused) for refused in report.refused],
            "runs": [
                {
                    "run_id": each.run.run_id,
                    "model": each.run.model,
                    "task": each.run.task,
                    "samples": each.run.samples,
                    "failures": each.failures,
                    "errored": each.run.errored,
                    "baseline_run_id": each.run.baseline_run_id,
                }
                for each in self.runs.values()
            ],
        }
