"""What the people who label a project can do, by what is known of their pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidataops.events.annotation import Shift

LONGEST = timedelta(weeks=520)
"""Beyond it nothing can be promised."""
_HOURS_OF_A_WEEK = 168.0


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool as it was told of last; ``handling_seconds`` is ``None`` until it is defined.

    ``backlog`` counts labels, which are done at ``promised_at``; ``throughput_per_hour`` is of
    its open hours. No shifts means always.
    """

    annotators: int
    backlog: int
    throughput_per_hour: float | None
    lead_time_hours: float | None
    promised_at: datetime | None
    said_at: datetime
    handling_seconds: float | None = None
    shifts: tuple[Shift, ...] = ()

    @property
    def pace(self) -> float:
        """Labels in an open hour: as measured, as planned, or as its lead time tells."""
        if self.throughput_per_hour is not None:
            return self.throughput_per_hour
        if self.handling_seconds is not None:
            return self.annotators * 3600 / self.handling_seconds
        return self.backlog / self.lead_time_hours if self.lead_time_hours else 0.0


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the pools of a project do together.

    What waits now, ``backlog`` labels, is done at ``clear_at``; of ``stranded`` labels no pool says
    when. ``labels_per_week`` come after that.
    """

    backlog: int
    stranded: int
    labels_per_week: float
    clear_at: datetime

    def done_at(self, labels: int) -> datetime | None:
        """When so many labels are done that come after the backlog; ``None``: not in ten years."""
        weeks = (self.stranded + labels) / self.labels_per_week
        return self.clear_at + timedelta(weeks=weeks) if weeks <= LONGEST.days / 7 else None


def capacity_of(pools: Sequence[Pool]) -> Capacity | None:
    """The pools of a project together; ``None`` where none of them is known to get anything done.

    A week is taken to have so many open hours as its shifts have: a promise is a matter of days.
    """
    able = [pool for pool in pools if pool.pace > 0]
    if not able:
        return None
    stranded = [pool.backlog for pool in pools if pool.promised_at is None]
    return Capacity(
        backlog=sum(pool.backlog for pool in pools),
        stranded=sum(stranded),
        labels_per_week=sum(pool.pace * open_hours(pool.shifts) for pool in able),
        clear_at=max(pool.promised_at or pool.said_at for pool in able),
    )


def open_hours(shifts: Sequence[Shift]) -> float:
    """Hours of a week in which a pool works; shifts that overlap count once."""
    if not shifts:
        return _HOURS_OF_A_WEEK
    total = 0.0
    ends: dict[int, float] = defaultdict(float)
    for shift in sorted(shifts, key=lambda one: (one.weekday, one.opens)):
        total += max(0.0, shift.closes - max(shift.opens, ends[shift.weekday]))
        ends[shift.weekday] = max(ends[shift.weekday], shift.closes)
    return total
