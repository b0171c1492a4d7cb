"""promptfoo's ``results.json``: which runs it holds, and its rows.

Each column of its table, a prompt sent to a provider, is a run. Rows stand in the order in which
they ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from aidataops.harnesses.fields import Fields
from aidataops.harnesses.files import only_file
from aidataops.harnesses.json_stream import read_rows
from aidataops.harnesses.promptfoo.row import Row
from aidataops.harnesses.text import IDENTIFIER

_ROWS = ("results", "results")
_AGAIN = "write it with promptfoo 0.103 or newer: promptfoo eval --output results.json"


@dataclass(frozen=True)
class ResultsFile:
    """One evaluation as ``promptfoo eval --output`` or ``promptfoo export`` writes it."""

    file: Path

    @classmethod
    def find(cls, path: Path) -> ResultsFile:
        """The file, or the only one in a directory."""
        return cls(only_file(path, ("*.json",), named="results", remedy=_AGAIN))

    def rows(self) -> Iterator[Row]:
        """All rows, one at a time."""
        number = 0
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, [_ROWS]):
                if steps == _ROWS:
                    yield Row(Fields.of(value, self.file, f"results.results[{number}]"))
                    number += 1

    @cached_property
    def header(self) -> Fields:
        """Everything but the rows; what stands inside ``results`` is there as well."""
        content: dict[str, Any] = {}
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, [_ROWS]):
                if steps != _ROWS:
                    place = content
                    for step in steps[:-1]:
                        place = place.setdefault(step, {})
                    place[steps[-1]] = value
        header = Fields(content, self.file)
        version = header.object("results").content.get("version")
        if version != 3:
            raise header.error("results.version", f"is {version!r} instead of 3", _AGAIN)
        return header

    @cached_property
    def columns(self) -> list[Fields]:
        """The prompts with their providers, in the order of the rows' ``promptIdx``."""
        return self.header.object("results").objects("prompts")

    def evaluation_id(self) -> str:
        """promptfoo's id of the evaluation."""
        return self.header.needed("evalId", _AGAIN)

    def completed_at(self) -> datetime:
        """When the evaluation ended: its beginning and how long it took."""
        results = self.header.object("results")
        began = self.header.object("metadata").instant("evaluationCreatedAt")
        began = began or results.instant("timestamp")
        if began is None:
            raise results.error("timestamp", "is missing", "say when it ended (--completed-at)")
        took = results.object("stats").number("evaluationDurationMs") or 0.0
        try:
            return began + timedelta(milliseconds=took)
        except OverflowError as error:
            raise results.error("stats.evaluationDurationMs", "is too large") from error

    def figures(self, column: Fields) -> dict[str, float]:
        """Means of a column: of the score, of what passed, of every named score.

        promptfoo's ``namedScores`` are sums of weighted scores: only divided by the weights they
        lie between 0 and 1.
        """
        metrics = column.object("metrics")
        passed, failed = metrics.number("testPassCount"), metrics.number("testFailCount")
        found: dict[str, float] = {}
        if passed is not None and failed is not None and passed + failed > 0:
            found["success"] = passed / (passed + failed)
        sums, counts = metrics.object("namedScores"), metrics.object("namedScoresCount")
        weights = metrics.object("namedScoreWeights")
        for name in sums.content:
            total = sums.number(name)
            weight = weights.number(name) or counts.number(name)
            if total is not None and weight and len(name) <= IDENTIFIER:
                found[name] = total / weight
        return found
