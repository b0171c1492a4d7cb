"""The summary of a publish as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from aidataops.client.report import PublishReport, RefusedEvent

if TYPE_CHECKING:
    from aidataops.client.summary import RunCount, Summary

_SHOWN = 20


def show(summary: Summary, report: PublishReport, *, dry_run: bool) -> None:
    """Print to standard output; a dry run shows slices and categories as well."""
    console = Console()
    runs = list(summary.runs.values())
    if runs:
        console.print(_runs(runs))
    for each in runs:
        for sentence in _remarks(each):
            console.print(sentence, markup=False)
    if dry_run:
        for run in runs:
            _show_inside(console, run)
    if summary.notes.unmapped:
        console.print("Tags that no rule maps (say what they mean: --category TAG:CATEGORY):")
        _list(
            console, [f"  {tag} ({count})" for tag, count in summary.notes.unmapped.most_common()]
        )
    if summary.unreadable:
        console.print(f"Could not be read: {len(summary.unreadable)}")
    if dry_run:
        console.print("Dry run: nothing was sent.")
        return
    _list(console, list(_refusals(report)))
    if any(refused.status == HTTPStatus.CONFLICT for refused in report.refused):
        console.print(
            "409: these runs are in, published with other options (project, baseline, dataset "
            "version, slices). The first publication counts; --again NAME publishes them once more "
            "as runs of their own."
        )
    console.print(
        f"accepted {report.accepted}, already in {report.duplicates}, "
        f"refused {len(report.refused)}; trace {report.trace_id}"
    )


def _refusals(report: PublishReport) -> Iterable[str]:
    """One line per reason: a key that may not say this may say none of a thousand events."""
    alike: dict[tuple[int, str, str], list[RefusedEvent]] = {}
    for one in report.refused:
        alike.setdefault((one.status, one.title, one.detail), []).append(one)
    for (status, title, detail), (first, *others) in alike.items():
        more = f" and {len(others)} more" if others else ""
        yield f"refused ({status}) {first.type} {first.key}{more}: {title}: {detail}"


def _runs(runs: Iterable[RunCount]) -> Table:
    table = _table("run", "samples", "failures", "errored")
    table.add_column("model, task", overflow="fold")
    for each in runs:
        run = each.run
        counts = (str(run.samples), str(each.failures), str(run.errored))
        table.add_row(run.run_id, *counts, f"{run.model}, {run.task}")
    return table


def _remarks(each: RunCount) -> Iterable[str]:
    run = each.run
    if run.baseline_run_id is not None:
        yield f"compared with {run.baseline_run_id}"
    elif each.failures:
        yield (
            f"{run.run_id}: no baseline. It is what later runs are compared with; of itself it "
            "opens no data work (--baseline RUN_ID|PATH; if it is in already, with --again NAME)."
        )
    if run.samples == run.errored:
        yield f"{run.run_id}: every sample errored. That says nothing of the model: mend and rerun."
    if run.dataset_version is None:
        yield (
            f"{run.run_id}: no dataset version. Unless a training run says it, a regression stays "
            "unattributable (--dataset-version NAME@N)."
        )


def _show_inside(console: Console, each: RunCount) -> None:
    if not each.slices:
        console.print(f"{each.run.run_id}: no slices (--slice-field FIELD)", markup=False)
        _show_categories(console, each)
        return
    console.print(f"{each.run.run_id}: samples by slice", markup=False)
    table = _table("slice", "samples", "failures", "errored")
    worst = sorted(each.slices.items(), key=lambda item: (-item[1].failures, item[0]))
    for name, count in worst[:_SHOWN]:
        table.add_row(name, str(count.samples), str(count.failures), str(count.errored))
    console.print(table)
    if len(worst) > _SHOWN:
        console.print(f"and {len(worst) - _SHOWN} more")
    _show_categories(console, each)


def _show_categories(console: Console, each: RunCount) -> None:
    if each.categories:
        console.print("failures by category: " + _counted(each.categories), markup=False)


def _counted(categories: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in categories.most_common())


def _table(name: str, *counts: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(name, no_wrap=True)
    for count in counts:
        table.add_column(count, justify="right", no_wrap=True)
    return table


def _list(console: Console, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        console.print(line, markup=False, soft_wrap=True)
    if len(lines) > _SHOWN:
        console.print(f"and {len(lines) - _SHOWN} more")
