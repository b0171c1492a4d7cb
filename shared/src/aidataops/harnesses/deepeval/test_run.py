"""DeepEval's files: a test run (camelCase) or an ``EvaluationResult`` (snake_case).

Neither has an id; the time stands in the name that DeepEval gives the file
(``test_run_20261122_214232.json``), without a zone: it is taken as UTC.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from aidataops.harnesses.deepeval.case import Case
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import Fields
from aidataops.harnesses.files import only_file
from aidataops.harnesses.json_stream import read_rows

_ROWS = [("testCases",), ("conversationalTestCases",), ("test_results",)]
_DATED = re.compile(r"(\d{8}_\d{6})(?:_\d+)?\.json$")


@dataclass(frozen=True)
class TestRunFile:
    """One file of DeepEval."""

    __test__ = False  # no test of pytest's

    file: Path

    @classmethod
    def find(cls, path: Path) -> TestRunFile:
        """The file, or the only one in a directory."""
        remedy = "evaluate with DEEPEVAL_RESULTS_FOLDER set, and give the file written there"
        return cls(only_file(path, ("*.json",), named="test run", remedy=remedy))

    @cached_property
    def header(self) -> Fields:
        """Everything but the test cases."""
        content: dict[str, Any] = {}
        known = False
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, _ROWS):
                known = known or steps in _ROWS
                if steps not in _ROWS:
                    content[steps[0]] = value
        if not known:
            raise HarnessFileError(
                "has neither testCases nor test_results",
                file=self.file,
                remedy="give a test run or an evaluation result as DeepEval wrote it",
            )
        return Fields(content, self.file)

    def cases(self) -> Iterator[Case]:
        """The test cases, one at a time."""
        counts = dict.fromkeys(_ROWS, 0)
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, _ROWS):
                if steps in counts:
                    place = f"{steps[0]}[{counts[steps]}]"
                    yield Case(Fields.of(value, self.file, place))
                    counts[steps] += 1

    @cached_property
    def content_id(self) -> str:
        """A hash of the file: the same file is the same run, wherever it lies."""
        with self.file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()[:24]

    def completed_at(self) -> datetime:
        """The time in the file's name."""
        match = _DATED.search(self.file.name)
        try:
            if match is not None:
                return datetime.strptime(match[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass
        raise HarnessFileError(
            "says neither in its name nor inside when the run ended",
            file=self.file,
            remedy="say it (--completed-at 2026-11-22T21:42:32Z), or give the file under the name "
            "that DeepEval wrote it with",
        )
