"""How many people a queue needs, how long it takes, and when it will be done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from aidataops.events.annotation import Shift

MAXIMUM_ANNOTATORS = 100_000
"""Above it a number is no staffing any more."""
_WEEKS = 520


def waiting_probability(annotators: int, load: float) -> float:
    """Erlang C: the share of tasks that have to wait, with ``load`` in erlangs.

    By the recursion of Erlang B, which neither overflows nor cancels. 1 when the load is too high.
    """
    if load >= annotators:
        return 1.0
    blocked = 1.0
    for number in range(1, annotators + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / annotators * (1 - blocked))


def service_level(
    annotators: int, *, arrivals_per_hour: float, handling_seconds: float, wait_seconds: float
) -> float:
    """The share of tasks that somebody begins within ``wait_seconds`` (M/M/c)."""
    load = arrivals_per_hour * handling_seconds / 3600
    if load >= annotators:
        return 0.0
    decay = math.exp(-(annotators - load) * wait_seconds / handling_seconds)
    return 1 - waiting_probability(annotators, load) * decay


def annotators_needed(
    *,
    arrivals_per_hour: float,
    handling_seconds: float,
    wait_seconds: float,
    level: float,
) -> int:
    """The fewest annotators with which ``level`` of the tasks are begun within ``wait_seconds``.

    60 tasks an hour of 6 minutes, 95 % within 10 minutes: 8.
    """
    if arrivals_per_hour <= 0:
        return 0
    annotators = math.floor(arrivals_per_hour * handling_seconds / 3600) + 1
    while annotators < MAXIMUM_ANNOTATORS and level > service_level(
        annotators,
        arrivals_per_hour=arrivals_per_hour,
        handling_seconds=handling_seconds,
        wait_seconds=wait_seconds,
    ):
        annotators += 1
    return annotators


def lead_time_hours(backlog: float, throughput_per_hour: float) -> float | None:
    """Little's law: how long something waits that joins the queue now."""
    return backlog / throughput_per_hour if throughput_per_hour > 0 else None


def working_hours(shifts: Sequence[Shift], start: datetime, end: datetime) -> float:
    """Hours of the shifts, which are in UTC, between two times; without shifts all hours."""
    if not shifts:
        return max((end - start).total_seconds() / 3600, 0.0)
    total, day = 0.0, _midnight(start)
    while day < end:
        for opens, closes in _openings(shifts, day):
            overlap = min(closes, end) - max(opens, start)
            total += max(overlap.total_seconds() / 3600, 0.0)
        day += timedelta(days=1)
    return total


def finished_at(shifts: Sequence[Shift], start: datetime, hours: float) -> datetime | None:
    """When so many working hours have passed; ``None`` when not within ten years."""
    if not shifts:
        return start + timedelta(hours=hours) if hours < _WEEKS * 168 else None
    day = _midnight(start)
    for _ in range(_WEEKS * 7):
        for opens, closes in _openings(shifts, day):
            begins = max(opens, start)
            available = (closes - begins).total_seconds() / 3600
            if available > 0 and hours <= available:
                return begins + timedelta(hours=hours)
            hours -= max(available, 0.0)
        day += timedelta(days=1)
    return None


def _midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def _openings(shifts: Sequence[Shift], day: datetime) -> list[tuple[datetime, datetime]]:
    """The shifts of a day, in order; overlapping ones are one."""
    found: list[tuple[datetime, datetime]] = []
    todays = sorted((one.opens, one.closes) for one in shifts if one.weekday == day.weekday())
    for opens, closes in todays:
        begins, ends = day + timedelta(hours=opens), day + timedelta(hours=closes)
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found
