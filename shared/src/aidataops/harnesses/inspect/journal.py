"""What our hook writes down while Inspect runs: a header, samples as they end, and the end.

A line that a crash cut off stands for a sample that had not ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aidataops.harnesses.errors import HarnessFileError


def journal_header(file: Path) -> dict[str, Any]:
    """Everything but the samples."""
    header: dict[str, Any] = {}
    for _, content in _lines(file):
        if "sample" not in content:
            header |= content
    return header


def journal_samples(file: Path) -> list[tuple[int, Any]]:
    """The samples with their lines, by epoch and id as Inspect sorts them in its logs."""
    found = [(number, content["sample"]) for number, content in _lines(file) if "sample" in content]
    return sorted(found, key=lambda item: _order(item[1]))


def _order(sample: Any) -> tuple[int, str]:
    if not isinstance(sample, dict):
        return 0, ""
    name, epoch = sample.get("id"), sample.get("epoch")
    return epoch if isinstance(epoch, int) else 0, sample_order(str(name))


def sample_order(name: str) -> str:
    """What a sample's id is sorted by: a number by its value."""
    return name.zfill(20) if name.isdecimal() else name


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise HarnessFileError(
                    f"is no JSON ({error})",
                    file=file,
                    line=number,
                    remedy="publish Inspect's own log instead",
                ) from error
            if isinstance(content, dict):
                yield number, content
