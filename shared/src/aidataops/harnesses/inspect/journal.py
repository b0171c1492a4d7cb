"""What our hook writes down while Inspect runs: a header, samples as they end, and the end.

A line that a crash cut off stands for a sample that had not ended.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aidataops.harnesses.json_lines import json_lines

_REMEDY = "publish Inspect's own log instead"


def journal_header(file: Path) -> dict[str, Any]:
    """Everything but the samples."""
    header: dict[str, Any] = {}
    for _, content in json_lines(file, remedy=_REMEDY, only_ended=True):
        if "sample" not in content:
            header |= content
    return header


def journal_samples(file: Path) -> list[tuple[int, Any]]:
    """The samples with their lines, by epoch and id as Inspect sorts them in its logs."""
    found = [
        (number, content["sample"])
        for number, content in json_lines(file, remedy=_REMEDY, only_ended=True)
        if "sample" in content
    ]
    return sorted(found, key=lambda item: _order(item[1]))


def _order(sample: Any) -> tuple[int, str]:
    if not isinstance(sample, dict):
        return 0, ""
    name, epoch = sample.get("id"), sample.get("epoch")
    return epoch if isinstance(epoch, int) else 0, sample_order(str(name))


def sample_order(name: str) -> str:
    """What a sample's id is sorted by: a number by its value."""
    return name.zfill(20) if name.isdecimal() else name
