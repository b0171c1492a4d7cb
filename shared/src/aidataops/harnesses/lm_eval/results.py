"""lm-evaluation-harness's ``results_<date>.json``: which runs a file stands for, and their ids."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import Fields
from aidataops.harnesses.files import only_file

_DATED = re.compile(r"_(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?)\.json$")
_LOG_SAMPLES = "run lm_eval with --log_samples and --output_path"


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """One results file: the aggregate of one model on one or several tasks.

    Groups appear among its results as well; tasks are only those that have a configuration.
    """

    path: Path
    date_id: str
    content: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> ResultsFile:
        """Read a results file, or the only one in a directory or in its direct subdirectories.

        Raises `HarnessFileError` when there is none, or a choice to make.
        """
        file = only_file(
            path,
            ("*.json", "*/*.json"),
            named="results",
            remedy=f"give lm_eval's output directory or results file; {_LOG_SAMPLES}",
            accepts=lambda each: _DATED.search(each.name) is not None,
        )
        match = _DATED.search(file.name)
        if match is None:
            raise HarnessFileError(
                "the name does not end in _<date>.json, so its samples cannot be found",
                file=file,
                remedy="give the file under the name that lm_eval wrote it with",
            )
        try:
            content = json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise HarnessFileError(
                f"is no JSON ({error})",
                file=file,
                remedy="it may be cut off: run the evaluation again",
            ) from error
        results = cls(file, match[1], content if isinstance(content, dict) else {})
        for name in ("results", "configs"):
            results.section(name)
        return results

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level object that has to be there."""
        value = self.content.get(name)
        if not isinstance(value, dict):
            raise HarnessFileError(
                "is missing or no object",
                file=self.path,
                field=name,
                remedy="give a results file of lm-evaluation-harness 0.4.3 or newer",
            )
        return value

    @property
    def _fields(self) -> Fields:
        return Fields(self.content, self.path)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that have samples of their own, without the groups above them."""
        return tuple(self.section("configs"))

    def filters(self, task: str) -> tuple[str, ...]:
        """The task's filters, taken from its ``metric,filter`` figures."""
        names = (name.partition(",")[2] for name in self._figures(task) if "," in name)
        return tuple(dict.fromkeys(names))

    def task_version(self, task: str) -> str | None:
        """The task's version; samples of different versions do not pair."""
        return self._fields.object("versions").text(task)

    def metrics(self, task: str, filter_name: str) -> dict[str, float]:
        """The task's figures under one filter; a standard error may be the string ``N/A``."""
        return {
            name: float(value)
            for name, value in self._figures(task).items()
            if name.partition(",")[2] == filter_name
            and isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
        }

    def expected_rows(self, task: str) -> int | None:
        """How many rows each filter of a task has, where the harness says so."""
        figures = self._figures(task)
        rows = figures.get("sample_len", figures.get("samples"))
        return rows if isinstance(rows, int) else None

    def metric_order(self, task: str) -> list[str]:
        """The metrics of the task's configuration, its main one first."""
        configured = self._fields.object("configs").object(task).objects("metric_list")
        return [metric for entry in configured if (metric := entry.text("metric")) is not None]

    def is_higher_better(self, task: str, metric: str) -> bool:
        """Which way a metric points; up, unless the harness says otherwise."""
        directions = self._fields.object("higher_is_better").object(task)
        return directions.content.get(metric) is not False

    def model(self, named: str | None) -> str:
        """The model's name: the user's word, or the harness's where its arguments bear it out.

        Without model arguments ``model_name`` names nothing: two runs would differ by chance.
        """
        if named is not None:
            return named
        name = self.content.get("model_name")
        arguments = self._fields.object("config").content.get("model_args")
        if isinstance(name, str) and name and arguments and name in str(arguments):
            return name
        raise HarnessFileError(
            f"is {name!r}, which the model arguments ({arguments!r}) do not bear out",
            file=self.path,
            field="model_name",
            remedy="say which model this was (--model)",
        )

    def run_id(self, task: str, filter_name: str) -> str:
        """The stable id of one task's evaluation under one filter.

        The harness has no run id. File name, date, model and hashes of the samples tell one
        evaluation from the next; copying the files elsewhere changes nothing.
        """
        identity = [
            self.path.name,
            self.content.get("date"),
            self.content.get("model_name"),
            self.content.get("task_hashes"),
            task,
            filter_name,
        ]
        text = json.dumps(identity, sort_keys=True)
        return f"lm-eval-{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    def completed_at(self) -> datetime:
        """When the evaluation ended: its start plus how long it took, both in seconds."""
        started = self.content.get("date")
        try:
            duration = float(self.content.get("total_evaluation_time_seconds") or 0)
            return datetime.fromtimestamp(float(str(started)) + duration, tz=UTC)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise HarnessFileError(
                f"is {started!r} instead of seconds since 1970",
                file=self.path,
                field="date",
                remedy="give a results file as lm_eval wrote it",
            ) from error

    def samples_file(self, task: str) -> Path:
        """The task's samples, written beside the results under the same date."""
        sanitized = re.sub(r"\W", "_", task)
        for name in (task, sanitized):
            file = self.path.parent / f"samples_{name}_{self.date_id}.jsonl"
            if file.is_file():
                return file
        raise HarnessFileError(
            f"the samples of task {task!r} are missing beside {self.path.name}",
            file=self.path.parent / f"samples_{task}_{self.date_id}.jsonl",
            remedy=_LOG_SAMPLES,
        )

    def _figures(self, task: str) -> Mapping[str, Any]:
        figures = self.section("results").get(task)
        return figures if isinstance(figures, dict) else {}
