"""The rows of a JSONL or CSV file, one at a time, each with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.json_lines import json_lines

_CUT_OFF = "the file may be cut off: write it again"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; ``content`` is nested in JSONL and flat in CSV."""

    file: Path
    line: int
    content: Mapping[str, Any]

    def value(self, path: str) -> Any:
        """The value that a field's name or a path with dots leads to; ``None`` for none.

        A name with dots in it goes before the path.
        """
        if path in self.content:
            return self.content[path]
        value: Any = self.content
        for step in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
        return value

    def error(self, field: str, problem: str, remedy: str) -> HarnessFileError:
        """What is wrong with a field of this row."""
        return HarnessFileError(problem, file=self.file, line=self.line, field=field, remedy=remedy)


def jsonl_rows(file: Path) -> Iterator[TableRow]:
    """The objects of a file with one on each line."""
    for number, content in json_lines(file, remedy=_CUT_OFF):
        yield TableRow(file, number, content)


def csv_rows(file: Path) -> Iterator[TableRow]:
    """The rows of a CSV file whose first one names the columns; an empty cell says nothing."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        try:
            names = next(reader, [])
            if len(set(names)) < len(names):
                raise HarnessFileError(
                    "names a column twice", file=file, line=1, remedy="name every column once"
                )
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(names):
                    raise HarnessFileError(
                        f"has {len(cells)} cells instead of {len(names)}",
                        file=file,
                        line=reader.line_num,
                        remedy=_CUT_OFF,
                    )
                content = {
                    name: cell for name, cell in zip(names, cells, strict=True) if cell != ""
                }
                yield TableRow(file, reader.line_num, content)
        except (csv.Error, UnicodeDecodeError) as error:
            raise HarnessFileError(
                f"is no CSV ({error})", file=file, line=reader.line_num + 1, remedy=_CUT_OFF
            ) from error
