"""Erlang C against a simulation and published figures; calendars."""

import math
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.annotation import Shift
from annotation_intake.domain.staffing import (
    annotators_needed,
    finished_at,
    lead_time_hours,
    service_level,
    waiting_probability,
    working_hours,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = tuple(Shift(weekday=day, opens=9.0, closes=17.0) for day in range(5))


def test_sixty_an_hour_of_six_minutes_need_eight() -> None:
    """Row 30."""
    asked = {"arrivals_per_hour": 60.0, "handling_seconds": 360.0, "wait_seconds": 600.0}
    assert annotators_needed(**asked, level=0.95) == 8
    assert service_level(7, **asked) == pytest.approx(0.8838, abs=5e-4)
    assert service_level(8, **asked) == pytest.approx(0.9873, abs=5e-4)


@pytest.mark.parametrize("annotators", [1, 3, 8, 40])
@pytest.mark.parametrize("share", [0.1, 0.7, 0.99])
def test_erlang_c_is_the_textbook_sum(annotators: int, share: float) -> None:
    load = annotators * share
    terms = [load**n / math.factorial(n) for n in range(annotators)]
    last = load**annotators / math.factorial(annotators) / (1 - load / annotators)
    assert waiting_probability(annotators, load) == pytest.approx(last / (sum(terms) + last))


def test_simulated_queue_waits_as_erlang_says() -> None:
    """60 000 tasks through eight annotators: M/M/8, the share begun within ten minutes."""
    random, now, wanted = Random(7), 0.0, 0
    free = [0.0] * 8
    for _ in range(60_000):
        now += random.expovariate(60 / 3600)
        first = min(range(8), key=free.__getitem__)
        begins = max(now, free[first])
        free[first] = begins + random.expovariate(1 / 360)
        wanted += begins - now <= 600
    expected = service_level(8, arrivals_per_hour=60, handling_seconds=360, wait_seconds=600)
    assert wanted / 60_000 == pytest.approx(expected, abs=0.01)


@given(st.floats(0.1, 2000), st.floats(1, 3600), st.floats(0, 7200), st.floats(0.01, 0.999))
def test_one_annotator_less_is_too_few(
    arrivals: float, handling: float, wait: float, level: float
) -> None:
    asked = {"arrivals_per_hour": arrivals, "handling_seconds": handling, "wait_seconds": wait}
    needed = annotators_needed(**asked, level=level)
    assert service_level(needed, **asked) >= level
    assert service_level(needed - 1, **asked) < level


def test_nothing_to_do_needs_nobody() -> None:
    assert annotators_needed(arrivals_per_hour=0, handling_seconds=60, wait_seconds=0, level=1) == 0


def test_little() -> None:
    assert lead_time_hours(120, 30) == 4
    assert lead_time_hours(120, 0) is None


def test_work_is_done_in_the_hours_of_the_pool() -> None:
    friday = MONDAY + timedelta(days=4, hours=16)
    assert finished_at(OFFICE, friday, 1) == friday + timedelta(hours=1)
    assert finished_at(OFFICE, friday, 1.5) == MONDAY + timedelta(days=7, hours=9.5)
    assert finished_at(OFFICE, MONDAY, 40) == MONDAY + timedelta(days=4, hours=17)
    assert finished_at((), MONDAY, 30) == MONDAY + timedelta(hours=30)
    assert finished_at(OFFICE, MONDAY, 1e9) is None


def test_overlapping_shifts_count_once() -> None:
    both = (Shift(weekday=0, opens=9.0, closes=13.0), Shift(weekday=0, opens=12.0, closes=17.0))
    assert working_hours(both, MONDAY, MONDAY + timedelta(days=7)) == 8


@given(st.floats(0.01, 200), st.floats(0, 167))
def test_hours_until_done_are_the_hours_asked_for(hours: float, offset: float) -> None:
    start = MONDAY + timedelta(hours=offset)
    end = finished_at(OFFICE, start, hours)
    assert end is not None
    assert working_hours(OFFICE, start, end) == pytest.approx(hours, abs=1e-6)
