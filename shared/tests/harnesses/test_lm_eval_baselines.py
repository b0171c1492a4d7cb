"""Which run a run of lm-evaluation-harness is compared with."""

from __future__ import annotations

from typing import Any

import pytest

from aidataops.harnesses import HarnessFileError

from .conftest import Write, read, row
from .telling import STORY, runs


def test_baseline_by_files_is_the_run_of_the_same_task_and_filter() -> None:
    reference = read(STORY / "acme__assistant-v1")
    [run] = runs(read(STORY / "acme__assistant-v2", baseline=str(STORY / "acme__assistant-v1")))
    assert run.baseline_run_id == runs(reference)[0].run_id
    [same] = runs(read(STORY / "acme__assistant-v2", baseline=run.baseline_run_id))
    assert same == run


def test_baseline_that_cannot_be_compared_with_is_refused(write: Write) -> None:
    one = write({"a": [row(1)], "b": [row(1)]}, "one", results=_figures("a", "b"))
    other = write({"c": [row(1)]}, "other", results=_figures("c"))
    newer = write(
        {"a": [row(1)], "b": [row(1)]},
        "newer",
        results=_figures("a", "b"),
        versions={"a": 2.0, "b": 1.0},
    )
    cases = {
        str(other): r"has no task 'a' under 'none'",
        str(newer): r"version 2.0 here and 1.0",
        str(one): r"the run to publish itself",
        "lm-eval-1234": r"2 runs, and one run id",
        "no/such/place": r"no such file",
    }
    for baseline, words in cases.items():
        with pytest.raises(HarnessFileError, match=words):
            read(one, baseline=baseline)


def _figures(*tasks: str) -> dict[str, Any]:
    return {task: {"alias": task, "exact_match,none": 1.0} for task in tasks}
