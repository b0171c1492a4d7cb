"""Which run each run is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.run import RunIdentity

Reference = Callable[[Path], Sequence[RunIdentity]]
"""Reads which runs the files of a baseline hold."""


def baselines(
    runs: Sequence[RunIdentity], baseline: str | None, reference: Reference
) -> list[str | None]:
    """The id of the run that each of ``runs`` is compared with, by an id or by files."""
    if baseline is None:
        return [None] * len(runs)
    path = Path(baseline)
    if path.exists():
        known = reference(path)
        return [_counterpart(run, known, path) for run in runs]
    if path.suffix or len(path.parts) > 1:
        raise HarnessFileError(
            "no such file or directory", file=path, remedy="give a run id or a harness's output"
        )
    if len(runs) > 1:
        raise HarnessFileError(
            f"holds {len(runs)} runs, and one run id cannot be the baseline of all",
            file=runs[0].file,
            remedy="give the baseline's files instead of its id, or choose one --filter",
        )
    return [baseline]


def _counterpart(run: RunIdentity, known: Sequence[RunIdentity], path: Path) -> str:
    comparable = [one for one in known if (one.task, one.variant) == (run.task, run.variant)]
    if len(comparable) > 1:
        comparable = [one for one in comparable if one.model == run.model] or comparable
    if not comparable:
        kind = f" under {run.variant!r}" if run.variant else ""
        raise HarnessFileError(
            f"has no task {run.task!r}{kind} to compare with",
            file=known[0].file if known else path,
            remedy="give the files of a run of the same tasks",
        )
    if len(comparable) > 1:
        names = ", ".join(f"{one.run_id} ({one.model})" for one in comparable)
        raise HarnessFileError(
            f"holds {len(comparable)} runs of task {run.task!r}",
            file=path,
            remedy=f"name one by its id: {names}",
        )
    [found] = comparable
    if found.task_version != run.task_version:
        raise HarnessFileError(
            f"task {run.task!r} is of version {found.task_version} here and {run.task_version} in "
            f"{run.file}: no sample would pair",
            file=found.file,
            remedy="evaluate both models on the same version of the task",
        )
    if found.run_id == run.run_id:
        raise HarnessFileError(
            "is the run to publish itself", file=found.file, remedy="give an earlier run"
        )
    return found.run_id
