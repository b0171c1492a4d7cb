"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain import wording

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (-5, "just now"), (60, "1 min"), (7199, "1 h"), (3 * 86400, "3 d")],
)
def test_age_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert wording.age(NOON - timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3 * 86400, "in 3 d"), (7200, "in 2 h"), (5, "now"), (-5, "now"), (-7200, "2 h late")],
)
def test_due_dates_are_told_from_both_sides(seconds: int, said: str) -> None:
    assert wording.due(NOON + timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0313, "0.031"), (2.4e-5, "2.4 × 10⁻⁵"), (1.0, "1.000"), (0.0, "0.000")],
)
def test_small_probabilities_keep_their_size(value: float, said: str) -> None:
    assert wording.probability(value) == said


def test_missing_coefficient_is_a_dash_and_not_a_number() -> None:
    assert [wording.coefficient(value) for value in (None, 0.8, -0.0234)] == [
        "–",
        "0.800",
        "−0.023",
    ]


def test_slices_are_told_in_the_order_of_their_attributes() -> None:
    assert wording.slices({"language": "es", "domain": "returns"}) == "returns × es"
    assert wording.slices({}) == "everything"


def test_position_off_the_scale_is_its_end() -> None:
    assert [wording.position(value) for value in (-0.4, 0.25, 7.0)] == [0.0, 25.0, 100.0]
