"""Golden items: Wald's test and Wilson's interval."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from qa.domain.golden import (
    QUALIFY_BELOW,
    STEP_RIGHT,
    STEP_WRONG,
    SUSPEND_ABOVE,
    judge_annotator,
)
from qa.domain.proportion import wilson_interval


def test_bounds_and_steps_are_walds() -> None:
    bounds, steps = [SUSPEND_ABOVE, QUALIFY_BELOW], [STEP_WRONG, STEP_RIGHT]
    assert bounds == pytest.approx([2.890, -2.251], abs=5e-4)
    assert steps == pytest.approx([1.0986, -0.1112], abs=5e-5)


def test_three_golden_items_missed_in_a_row_suspend() -> None:
    assert judge_annotator([False] * 2).status == "in_trial"
    standing = judge_annotator([False] * 3)
    assert standing.status == "suspended"
    assert standing.log_likelihood_ratio == pytest.approx(3.2958, abs=1e-4)


def test_twenty_one_right_in_a_row_qualify() -> None:
    assert judge_annotator([True] * 20).status == "in_trial"
    assert judge_annotator([True] * 21).status == "qualified"


def test_a_decision_stands_and_the_totals_go_on() -> None:
    standing = judge_annotator([False] * 3 + [True] * 60)
    assert standing == judge_annotator([False] * 3 + [True] * 60)
    assert (standing.status, standing.golden_correct, standing.golden_total) == (
        "suspended",
        60,
        63,
    )
    assert judge_annotator([True] * 21 + [False] * 9).status == "qualified"


@pytest.mark.parametrize(
    ("accuracy", "wrongly", "rate"), [(0.95, "suspended", 0.05), (0.85, "qualified", 0.10)]
)
def test_error_rates_hold_in_simulation(accuracy: float, wrongly: str, rate: float) -> None:
    random = Random(11)
    decided = [
        judge_annotator(random.random() < accuracy for _ in range(400)).status for _ in range(2000)
    ]
    assert 0 < decided.count(wrongly) / len(decided) <= rate  # type: ignore[arg-type]


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_statsmodels(counts: tuple[int, int]) -> None:
    expected = proportion_confint(*counts, alpha=0.05, method="wilson")
    assert wilson_interval(*counts) == pytest.approx(expected, abs=1e-12)


def test_wilson_of_45_in_50_is_the_published_one() -> None:
    assert wilson_interval(45, 50) == pytest.approx((0.786, 0.957), abs=5e-4)
    assert wilson_interval(0, 0) == (0, 1)
