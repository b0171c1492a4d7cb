"""Tables of samples as events: JSONL and CSV, read as a mapping file says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from aidataops.events import Payload
from aidataops.events.evaluation import Harness
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import finite
from aidataops.harnesses.files import only_file
from aidataops.harnesses.mapping import SampleFields, TableMapping
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.publication import publication
from aidataops.harnesses.run import Run, RunIdentity
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.table.rows import TableRow, csv_rows, jsonl_rows
from aidataops.harnesses.text import digest_of, pairing_of, text_of

_WORDS = {
    **dict.fromkeys(("true", "yes", "pass", "passed", "correct", "1"), True),
    **dict.fromkeys(("false", "no", "fail", "failed", "incorrect", "0"), False),
}

Rows = Callable[[Path], Iterator[TableRow]]


def read_jsonl(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of a file with one JSON object per sample; see `publication`."""
    yield from _read(path, options, notes, "*.jsonl", jsonl_rows)


def read_csv(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of a CSV file with one row per sample; see `publication`."""
    yield from _read(path, options, notes, "*.csv", csv_rows)


def _read(
    path: Path, options: ReadOptions, notes: Notes | None, pattern: str, rows: Rows
) -> Iterator[Payload]:
    def run(of: Path) -> Run:
        file = only_file(of, (pattern,), named=pattern, remedy="give a file with a row per sample")
        return _Table(file, options, rows).run()

    yield from publication([run(path)], options, lambda other: [run(other).identity], notes)


class _Table:
    """One file under one mapping."""

    def __init__(self, file: Path, options: ReadOptions, rows: Rows) -> None:
        mapping = options.table or TableMapping()
        if mapping.sample is None:
            raise HarnessFileError(
                "nothing says which fields hold the samples",
                file=file,
                remedy="give a mapping file with a section `sample` (--mapping): see"
                " `aidataops publish mapping`",
            )
        self._file, self._options, self._rows = file, options, rows
        self._mapping, self._fields = mapping, mapping.sample

    def run(self) -> Run:
        constants = self._mapping.run
        completed_at = self._options.completed_at or constants.completed_at
        if completed_at is None:
            raise self._missing("completed_at", "--completed-at")
        return Run(
            identity=self._identity(completed_at),
            harness=Harness(name=constants.harness),
            metric=self._metric,
            completed_at=completed_at,
            samples=self._samples,
            dataset_version=constants.dataset_version,
        )

    @property
    def _metric(self) -> str:
        named = self._options.metric or self._mapping.run.metric
        return named or self._fields.score or self._fields.passed or ""

    def _identity(self, completed_at: datetime) -> RunIdentity:
        constants = self._mapping.run
        with self._file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        name = digest_of(content, completed_at.isoformat(), self._metric)
        model, task = self._options.model or constants.model, self._options.task or constants.task
        if model is None:
            raise self._missing("model", "--model")
        if task is None:
            raise self._missing("task", "--task")
        return RunIdentity(
            file=self._file,
            run_id=constants.id or f"table-{name}",
            task=task,
            model=model,
            task_version=constants.task_version,
            variant=self._metric,
        )

    def _missing(self, name: str, option: str) -> HarnessFileError:
        return HarnessFileError(
            "is said nowhere",
            file=self._file,
            field=f"run.{name}",
            remedy=f"say it in the mapping file, or by {option}",
        )

    def _samples(self) -> Iterator[Sample]:
        constants = self._mapping.run
        task = self._options.task or constants.task
        for row in self._rows(self._file):
            yield _sample(row, f"{task}@{constants.task_version}", self._fields, self._slices(row))

    def _slices(self, row: TableRow) -> Mapping[str, Any]:
        found = {name: row.value(path) for name, path in self._mapping.slices.items()}
        return {name: value for name, value in found.items() if value is not None}


def _sample(row: TableRow, task: str, fields: SampleFields, slices: Mapping[str, Any]) -> Sample:
    name = row.value(fields.id)
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise row.error(
            fields.id, f"is {name!r}, and samples are paired by it", "give every sample its id"
        )

    def text(path: str | None) -> str | None:
        return None if path is None else text_of(row.value(path))

    errored = fields.error is not None and row.value(fields.error) not in (None, "", False)
    cluster = text(fields.cluster)
    passed = None if errored or fields.passed is None else _passed(row, fields.passed)
    if fields.score is not None:
        score = None if errored else _score(row, fields.score)
    else:
        score = None if passed is None else float(passed)
    return Sample(
        pairing=pairing_of(task, name),
        score=score,
        passed=passed,
        file=row.file,
        line=row.line,
        cluster=None if cluster is None else pairing_of(task, cluster),
        attributes={**row.content, **slices},
        prompt=text(fields.prompt),
        expected=text(fields.expected),
        actual=text(fields.actual),
    )


def _score(row: TableRow, path: str) -> float | None:
    value = row.value(path)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = _WORDS.get(value.strip().lower())
    if not isinstance(value, int | float):
        raise row.error(path, f"is {row.value(path)!r}", "write a number, or nothing for no score")
    return finite(value)


def _passed(row: TableRow, path: str) -> bool | None:
    value = row.value(path)
    if value is None or isinstance(value, bool):
        return value
    word = _WORDS.get(str(value).strip().lower())
    if word is None:
        raise row.error(path, f"is {value!r}", f"write one of: {', '.join(_WORDS)}")
    return word
