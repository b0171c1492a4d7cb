"""The life of a remediation, read from the set of things that happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from aidataops.events.feedback import (
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationProgressed,
    RemediationReopened,
    RemediationVerified,
)

State = Literal[
    "requested", "approved", "declined", "in_progress", "completed", "verified", "reopened"
]
OPEN: tuple[State, ...] = ("requested", "approved", "in_progress", "completed", "reopened")


PROMISED: tuple[State, ...] = ("requested", "approved", "in_progress")
"""Where a promised date still counts: later the work is done, and waits for its proof."""


class Move(NamedTuple):
    """One thing that happened to a remediation, in words for the page."""

    remediation_id: str
    step: str
    detail: str


@dataclass(frozen=True, slots=True)
class Step:
    """A move and when it happened."""

    step: str
    detail: str
    time: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a remediation stands, and the words of the step that brought it there."""

    state: State
    detail: str = ""


_STATES: dict[str, tuple[int, State]] = {
    "approved": (1, "approved"),
    "declined": (1, "declined"),
    "sourced": (2, "in_progress"),
    "labelled": (3, "in_progress"),
    "released": (4, "in_progress"),
    "completed": (5, "completed"),
    "verified": (6, "verified"),
    "reopened": (6, "reopened"),
}
"""Step → how far along it is, and the state it leads to."""


def standing_of(steps: Iterable[Step]) -> Standing:
    """The step that is furthest along counts; of equally far ones the latest.

    Far along rather than late, because the clocks of the services that say so may differ.
    """
    furthest = max(
        steps, key=lambda each: (_STATES[each.step][0], each.time, each.event_id), default=None
    )
    if furthest is None:
        return Standing("requested", "waits for its Accountable")
    return Standing(_STATES[furthest.step][1], furthest.detail)


def is_late(state: State, due_at: datetime | None, now: datetime) -> bool:
    """Whether work that is not done yet should have been."""
    return due_at is not None and due_at < now and state in PROMISED


def approved(event: RemediationApproved) -> Move:
    """The yes."""
    return Move(event.remediation_id, "approved", f"by {event.approved_by}")


def declined(event: RemediationDeclined) -> Move:
    """The no."""
    return Move(event.remediation_id, "declined", event.reason or f"by {event.declined_by}")


def progressed(event: RemediationProgressed) -> Move:
    """A stage of the work, with how much of it is done."""
    return Move(event.remediation_id, event.stage, f"{event.done} {event.stage}")


def completed(event: RemediationCompleted) -> Move:
    """The fix is in a dataset version."""
    version = event.dataset_version
    return Move(event.remediation_id, "completed", f"in {version.dataset}@{version.version}")


def verified(event: RemediationVerified) -> Move:
    """The fix helped."""
    return Move(event.remediation_id, "verified", _effect(event))


def reopened(event: RemediationReopened) -> Move:
    """The fix did not help."""
    return Move(event.remediation_id, "reopened", _effect(event))


def _effect(event: RemediationVerified | RemediationReopened) -> str:
    return f"{event.effect.before:.0%} → {event.effect.after:.0%}"
