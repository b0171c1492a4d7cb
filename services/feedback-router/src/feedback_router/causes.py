"""Which event of a batch an emitted event is put down to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from aidataops.events import Payload
from aidataops.messaging import Origin, Received

_NAMES = (
    "failure_id",
    "subject",
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
    of the last. What time alone has brought about has an origin of its own.
    """

    def __init__(self, events: Sequence[Received[Any]] | Sequence[Origin]) -> None:
        self._last: Received[Any] | Origin = events[-1]
        self._by_reference: dict[str, Received[Any]] = {}
        for event in events:
            if isinstance(event, Origin):
                continue
            for reference in _references(event.payload):
                self._by_reference.setdefault(reference, event)

    def of(self, about: Sequence[str]) -> Received[Any] | Origin:
        """The first event about the first of these references that any event is about."""
        known = next((one for one in about if one in self._by_reference), None)
        return self._last if known is None else self._by_reference[known]


def _references(payload: Payload) -> list[str]:
    names = _names_of(type(payload))
    found = [value for name in names if (value := getattr(payload, name)) is not None]
    if "dataset" in names:
        found.append(f"{payload.dataset}@{getattr(payload, 'version', None)}")  # type: ignore[attr-defined]  # it has
    return found


@cache
def _names_of(kind: type[Payload]) -> tuple[str, ...]:
    """Those that events of a type have: asking each for all of them took a fifth of a storm."""
    return tuple(name for name in _NAMES if name in kind.model_fields)
