"""Adapters that turn the output files of evaluation harnesses into events.

An adapter is a generator: it reads as it goes and holds no more than a chunk in memory. It knows
its tool's files as `Run` and `Sample`; what becomes of those is the same for all (`publication`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from aidataops.events import Payload
from aidataops.harnesses import deepeval, inspect, lm_eval, promptfoo, table
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.mapping import TableMapping
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions


class Adapter(Protocol):
    """Reads a harness's files; raises `HarnessFileError` naming file, place and remedy."""

    def __call__(
        self, path: Path, options: ReadOptions, notes: Notes | None = None
    ) -> Iterator[Payload]: ...


ADAPTERS: dict[str, Adapter] = {
    "lm-eval": lm_eval.read,
    "inspect": inspect.read,
    "promptfoo": promptfoo.read,
    "deepeval": deepeval.read,
    "jsonl": table.read_jsonl,
    "csv": table.read_csv,
}
"""Harness name, as in ``aidataops publish <name>``, → its adapter."""

__all__ = ["ADAPTERS", "Adapter", "HarnessFileError", "Notes", "ReadOptions", "TableMapping"]
