"""Which event of a batch an emitted event is put down to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aidataops.messaging import Received

_NAMES = (
    "failure_id",
    "decision_id",
    "batch_id",
    "brief_id",
    "remediation_id",
    "run_id",
    "dataset",
    "model",
)


class Causes:
    """The events of one project in a batch, by what they are about.

    What is emitted continues the trace of the event that is most directly about it; without one,
    of the last.
    """

    def __init__(self, events: Sequence[Received[Any]]) -> None:
        self._last = events[-1]
        self._by_reference: dict[str, Received[Any]] = {}
        for event in events:
            for reference in _references(event.payload):
                self._by_reference.setdefault(reference, event)

    def of(self, about: Sequence[str]) -> Received[Any]:
        """The first event about the first of these references that any event is about."""
        known = (self._by_reference[one] for one in about if one in self._by_reference)
        return next(known, self._last)


def _references(payload: Any) -> list[str]:
    found = [value for name in _NAMES if (value := getattr(payload, name, None)) is not None]
    version = getattr(payload, "version", None)
    if version is not None:
        found.append(f"{payload.dataset}@{version}")
    return found
