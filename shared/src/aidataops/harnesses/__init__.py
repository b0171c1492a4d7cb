"""Adapters that turn the output files of evaluation harnesses into events.

An adapter is a generator: it reads as it goes and holds no more than a chunk in memory.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from aidataops.events import Payload
from aidataops.harnesses import lm_eval
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.options import ReadOptions

Adapter = Callable[[Path, ReadOptions], Iterator[Payload]]

ADAPTERS: dict[str, Adapter] = {"lm-eval": lm_eval.read}
"""Harness name, as in ``aidataops publish <name>``, → its adapter."""

__all__ = ["ADAPTERS", "Adapter", "HarnessFileError", "ReadOptions"]
