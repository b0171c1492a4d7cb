"""Qualification on golden items, and the scale gate."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from annotation_intake.domain.scaling import judge_growth
from annotation_intake.domain.scorecard import (
    FAILED,
    QUALIFIED,
    RIGHT,
    VALIDITY,
    WRONG,
    Answer,
    qualify,
    wilson_interval,
)

START = datetime(2026, 3, 1, tzinfo=UTC)


def answers(*correct: bool) -> list[Answer]:
    return [
        Answer(START + timedelta(minutes=place), str(place), one)
        for place, one in enumerate(correct)
    ]


def test_bounds_are_walds() -> None:
    assert (round(RIGHT, 4), round(WRONG, 4)) == (-0.1112, 1.0986)
    assert (round(QUALIFIED, 3), round(FAILED, 3)) == (-2.251, 2.890)


def test_twenty_one_right_in_a_row_qualify_until_the_validity_ends() -> None:
    assert qualify(answers(*[True] * 20)).expires_at is None
    passed = qualify(answers(*[True] * 21))
    assert passed.expires_at == START + timedelta(minutes=20) + VALIDITY
    assert (passed.correct, passed.total) == (21, 21)


def test_three_wrong_in_a_row_end_it() -> None:
    failed = qualify(answers(*[True] * 21, False, False, False))
    assert (failed.failed, failed.expires_at) == (True, None)
    again = qualify(answers(*[True] * 21, False, False, False, *[True] * 21))
    assert again.expires_at is not None


def test_order_of_arrival_does_not_matter() -> None:
    given = answers(*[True] * 21, False, True, False)
    shuffled = list(given)
    Random(1).shuffle(shuffled)
    assert qualify(shuffled) == qualify(given)


@pytest.mark.parametrize(("accuracy", "least", "most"), [(0.95, 0.90, 1), (0.85, 0, 0.13)])
def test_error_rates_hold_in_simulation(accuracy: float, least: float, most: float) -> None:
    """1 - α of good annotators pass and β of bad ones, as the first decision of the test."""
    random = Random(11)
    passed = 0
    for _ in range(1000):
        given: list[bool] = []
        while not (standing := qualify(answers(*given))).failed and not standing.expires_at:
            given += [random.random() < accuracy for _ in range(3)]
        passed += standing.expires_at is not None
    assert least <= passed / 1000 <= most


def test_wilson() -> None:
    assert wilson_interval(45, 50) == pytest.approx((0.786, 0.957), abs=5e-4)
    assert wilson_interval(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("lower", "granted"), [(None, False), (0.6, False), (0.667, True), (0.9, True)]
)
def test_scale_gate(lower: float | None, granted: bool) -> None:
    verdict = judge_growth(agreement_lower=lower, floor=0.667)
    assert verdict.granted is granted
    assert bool(verdict.reason) is not granted
