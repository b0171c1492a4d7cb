"""Until when data work can be done, given who labels and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback_router.domain.capacity import Capacity
from feedback_router.domain.lifecycle import State

MATERIAL = timedelta(days=1)
"""A promise that moves by less is not given anew: throughput moves with every label."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A remediation whose labels are not all there.

    ``labels`` are those that no task asks for yet (tasks are in the backlog); ``committed``: it is
    approved; ``wanted_at`` is the policy's date, ``said`` the due date that was told last.
    """

    remediation_id: str
    priority: float
    committed: bool
    labels: int
    wanted_at: datetime | None
    said: datetime | None

    @property
    def place(self) -> tuple[bool, float, str]:
        """What is approved goes first, then the more urgent."""
        return not self.committed, -self.priority, self.remediation_id


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a remediation is due: not before the policy wants it, nor before it can be done."""

    waiting: Waiting
    before: int
    due_at: datetime
    reason: str

    @property
    def is_news(self) -> bool:
        """Whether people believe something else."""
        said = self.waiting.said
        return said is None or abs(self.due_at - said) >= MATERIAL


@dataclass(frozen=True, slots=True)
class Overdue:
    """A remediation past the date that was told last."""

    remediation_id: str
    project: str
    state: State
    owner: str | None
    due_at: datetime

    @property
    def reason(self) -> str:
        """What has not happened yet, for people."""
        missing = {
            "requested": "nobody has decided on it yet",
            "approved": "no work for it has been seen yet",
        }.get(self.state, "its work is not done yet")
        return f"It was due on {self.due_at:%Y-%m-%d}, and {missing}."


def line_up(queue: Iterable[Waiting], capacity: Capacity) -> list[Schedule]:
    """When each is due, where all wait for the backlog and for those placed before them.

    What cannot be done within ten years gets no date.
    """
    found: list[Schedule] = []
    before = 0
    for one in sorted(queue, key=lambda one: one.place):
        done_at = capacity.done_at(before + one.labels)
        if done_at is not None:
            found.append(_schedule(one, before, done_at, capacity))
        before += one.labels
    return found


def _schedule(one: Waiting, before: int, done_at: datetime, capacity: Capacity) -> Schedule:
    reason = (
        f"{capacity.backlog} labels wait already, {before} of other work come before its "
        f"{one.labels}, and the pools do about {capacity.labels_per_week:.0f} a week: that is done "
        f"on {done_at:%Y-%m-%d}"
    )
    if one.wanted_at is None:
        reason += "."
    elif done_at > one.wanted_at:
        reason += f", after the {one.wanted_at:%Y-%m-%d} that the policy wants."
    else:
        reason += f", in time for the {one.wanted_at:%Y-%m-%d} that the policy wants."
    return Schedule(one, capacity.backlog + before, max(done_at, one.wanted_at or done_at), reason)
