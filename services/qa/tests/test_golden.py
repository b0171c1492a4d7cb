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
from qa.domain.proportion import Z_999, wilson_interval


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
    standing = judge_annotator([True] * 21 + [False] * 9)
    assert standing.status == "qualified"
    assert (standing.golden_correct, standing.golden_total) == (21, 30)


def test_calibration_passed_reinstates() -> None:
    passed = 31  # right answers in a row that the stricter bound takes
    still = judge_annotator([False] * 3 + [True] * (passed - 1))
    assert (still.status, still.reinstated_by) == ("suspended", None)
    back = judge_annotator([False] * 3 + [True] * passed)
    assert (back.status, back.reinstated_by) == ("qualified", 3 + passed - 1)
    assert back.golden_total == 34


def test_calibration_can_be_tried_three_times() -> None:
    failed = [False] * 3
    assert judge_annotator(failed * 3 + [True] * 40).status == "qualified"
    assert judge_annotator(failed * 4 + [True] * 400).status == "suspended"


def test_the_way_back_stays_closed_to_the_unacceptable() -> None:
    random = Random(5)
    back = [
        judge_annotator([False] * 3 + [random.random() < 0.85 for _ in range(400)]).status
        for _ in range(1500)
    ]
    assert 0 < back.count("qualified") / len(back) <= 0.10


def test_the_way_back_is_open_to_the_acceptable() -> None:
    random = Random(5)
    back = [
        judge_annotator([False] * 3 + [random.random() < 0.95 for _ in range(400)]).status
        for _ in range(500)
    ]
    assert back.count("qualified") / len(back) >= 0.99


def decide(accuracy: float) -> dict[str, float]:
    """How probable each first decision is, over all orders of answers (their number is bounded)."""
    undecided, decided = {0: 1.0}, {"suspended": 0.0, "qualified": 0.0}
    for asked in range(1, 1000):
        after: dict[int, float] = {}
        for misses, chance in undecided.items():
            for missed, weight in ((0, accuracy), (1, 1 - accuracy)):
                wrong, share = misses + missed, chance * weight
                ratio = wrong * STEP_WRONG + (asked - wrong) * STEP_RIGHT
                if ratio >= SUSPEND_ABOVE:
                    decided["suspended"] += share
                elif ratio <= QUALIFY_BELOW:
                    decided["qualified"] += share
                else:
                    after[wrong] = after.get(wrong, 0.0) + share
        undecided = after
    return decided


def test_error_rates_are_held() -> None:
    """Exactly, where Wald's bounds neglect how far a step overshoots."""
    acceptable, unacceptable = decide(0.95), decide(0.85)
    assert acceptable["suspended"] == pytest.approx(0.0346, abs=5e-5)
    assert unacceptable["qualified"] == pytest.approx(0.0956, abs=5e-5)
    assert sum(acceptable.values()) == pytest.approx(1)


@pytest.mark.parametrize(("accuracy", "wrongly"), [(0.95, "suspended"), (0.85, "qualified")])
def test_error_rates_hold_in_simulation(accuracy: float, wrongly: str) -> None:
    """The first decision: what comes after it is calibration, with an error rate of its own."""
    random = Random(11)
    decided = [
        first_decision([random.random() < accuracy for _ in range(150)]) for _ in range(1000)
    ]
    lower, upper = wilson_interval(decided.count(wrongly), len(decided), Z_999)
    assert lower <= decide(accuracy)[wrongly] <= upper


def first_decision(answers: list[bool]) -> str:
    for number in range(3, len(answers)):
        status = judge_annotator(answers[:number]).status
        if status != "in_trial":
            return status
    return "in_trial"


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_statsmodels(counts: tuple[int, int]) -> None:
    expected = proportion_confint(*counts, alpha=0.05, method="wilson")
    assert wilson_interval(*counts) == pytest.approx(expected, abs=1e-12)


def test_wilson_of_45_in_50_is_the_published_one() -> None:
    assert wilson_interval(45, 50) == pytest.approx((0.786, 0.957), abs=5e-4)
    assert wilson_interval(0, 0) == (0, 1)
