"""A file with one JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aidataops.harnesses.errors import HarnessFileError

CUT_OFF = "the file may be cut off: run the evaluation again"


def json_lines(
    file: Path, *, remedy: str = CUT_OFF, only_ended: bool = False
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects with their line numbers, one at a time; empty lines are none.

    ``only_ended`` leaves out a last line without a line break, which a crash may have cut off.
    Raises `HarnessFileError` at the first line that holds no object.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip() or (only_ended and not line.endswith(b"\n")):
                continue
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise HarnessFileError(
                    f"is no JSON ({error})", file=file, line=number, remedy=remedy
                ) from error
            if not isinstance(content, dict):
                raise HarnessFileError("is no JSON object", file=file, line=number, remedy=remedy)
            yield number, content
