"""The tests of one pytest session that are marked as evaluations, and what becomes of them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest

from aidataops.client.outbox import Entry
from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.harnesses.mapping import RunConstants, SampleFields, TableMapping
from aidataops.hooks.publisher import Publisher

_WORDS = ("prompt", "expected", "actual")
_ROW = "aidataops_row"
_MAPPING = TableMapping(
    run=RunConstants(harness="pytest", metric="passed"),
    sample=SampleFields(
        id="sample_id", passed="passed", error="error",
        prompt="prompt", expected="expected", actual="actual",
    ),
)  # fmt: skip


class Evaluations:
    """The marked tests of one session; rows are on the disk as soon as their test has ended."""

    def __init__(self, publisher: Publisher, model: str, task: str, is_worker: bool) -> None:
        self._publisher, self._model, self._task = publisher, model, task
        self._is_worker = is_worker
        self._file: Path | None = None
        self._slices: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse marks that no event could carry before anything is asked of a model."""
        for item in items:
            for mark in item.iter_markers("evaluation"):
                _check(item, mark)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Put a test's outcome into its report, which xdist brings to the controller."""
        report: pytest.TestReport = yield
        if item.get_closest_marker("evaluation") is not None:
            row = _row(item, call, report)
            if row is not None:
                setattr(report, _ROW, row)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a test's outcome down."""
        row: dict[str, Any] | None = getattr(report, _ROW, None)
        if row is None or self._is_worker:
            return
        if self._file is None:
            self._file = self._publisher.place(f"pytest-{uuid4()}.jsonl")
        with self._file.open("a") as opened:
            opened.write(json.dumps(row) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        if not self._slices.issuperset(row["slices"]):
            self._slices |= set(row["slices"])
            self._keep(self._file)

    def pytest_sessionfinish(self) -> None:
        """Publish the session."""
        if self._file is not None:
            self._publisher.deliver(self._keep(self._file))

    def _keep(self, file: Path) -> Entry:
        slices = {name: f"slices.{name}" for name in sorted(self._slices)}
        return self._publisher.keep(
            "jsonl",
            file,
            model=self._model,
            task=self._task,
            completed_at=datetime.now(UTC),
            slice_fields=tuple(slices) or None,
            table=_MAPPING.model_copy(update={"slices": slices}),
        )


def _check(item: pytest.Item, mark: pytest.Mark) -> None:
    for name, known in (("category", list(FailureCategory)), ("severity", get_args(Severity))):
        value = mark.kwargs.get(name)
        if value is not None and value not in known:
            raise pytest.UsageError(
                f"{item.nodeid}: evaluation({name}={value!r}): it is one of {', '.join(known)}"
            )
    if mark.args:
        raise pytest.UsageError(f"{item.nodeid}: evaluation(…) takes names only: domain='returns'")


def _row(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> dict[str, Any] | None:
    """The outcome that this phase of a test decides, if it decides one."""
    if report.skipped or (report.when != "call" and report.passed) or report.when == "teardown":
        return None
    said: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers("evaluation"))):
        said |= mark.kwargs
    row: dict[str, Any] = {
        "sample_id": item.nodeid,
        "category": said.pop("category", None),
        "severity": said.pop("severity", None),
        "slices": {name: str(value) for name, value in said.items()},
        **{name: str(value) for name, value in item.user_properties if name in _WORDS},
    }
    if report.passed:
        return row | {"passed": True}
    assert call.excinfo is not None  # noqa: S101 - a report that failed has its exception
    is_verdict = call.excinfo.errisinstance((AssertionError, pytest.fail.Exception))
    if report.when == "call" and is_verdict:
        return row | {"passed": False}
    return row | {"error": call.excinfo.typename}
