"""A run against its baseline, and how often noise looks like a regression."""

from random import Random

import pytest

from feedback_router.domain.assessment import assess, dismissal
from feedback_router.domain.outcomes import Outcome


def outcomes(passed: list[bool], errored: set[int] | None = None, **slices: str) -> list[Outcome]:
    prefix = "-".join(slices.values())
    return [
        Outcome(f"{prefix}{number}", "exact_match", slices, right, number in (errored or set()))
        for number, right in enumerate(passed)
    ]


def test_forty_lost_and_ten_gained_of_a_thousand_is_a_regression() -> None:
    before = outcomes([True] * 900 + [False] * 100, language="es")
    after = outcomes([False] * 40 + [True] * 870 + [False] * 90, language="es")
    (found,) = assess(after, before, ["language"], 0.05).comparisons
    assert (found.counts.pairs, found.counts.lost, found.counts.gained) == (1000, 40, 10)
    assert found.p_value == pytest.approx(2.386e-5, rel=1e-3)
    assert found.regressed


def test_a_slice_that_got_better_is_no_regression() -> None:
    before, after = outcomes([False] * 20, language="es"), outcomes([True] * 20, language="es")
    (found,) = assess(after, before, ["language"], 0.05).comparisons
    assert found.q_value <= 0.05
    assert not found.regressed


def test_errored_samples_are_no_pairs() -> None:
    before = outcomes([True] * 20, errored={0}, language="es")
    after = outcomes([True] * 10 + [False] * 10, errored={1, *range(10, 20)}, language="es")
    (found,) = assess(after, before, ["language"], 0.05).comparisons
    assert (found.counts.pairs, found.counts.lost) == (8, 0)


def test_a_run_of_errors_is_neither_regression_nor_pass() -> None:
    before = outcomes([True] * 20, language="es")
    crashed = outcomes([False] * 20, errored=set(range(20)), language="es")
    assessment = assess(crashed, before, ["language"], 0.05)
    assert (assessment.standing, assessment.comparisons) == ("infrastructure_failure", ())
    assert "infrastructure failure" in dismissal("infrastructure_failure", "v1", 0, 0.05)


def test_runs_without_a_common_sample_are_not_compared() -> None:
    before, after = outcomes([True], language="es"), outcomes([False], language="de")
    assert assess(after, before, ["language"], 0.05).standing == "incomparable"
    assert assess(after, [], ["language"], 0.05).standing == "incomparable"


def test_a_sample_without_the_attribute_is_compared_all_the_same() -> None:
    before, after = outcomes([True] * 9, kind="x"), outcomes([False] * 9, kind="x")
    (found,) = assess(after, before, ["language"], 0.05).comparisons
    assert found.slices == ()
    assert found.regressed


def test_twenty_slices_of_noise_rarely_raise_an_alarm() -> None:
    """400 seeded pairs of runs of one unchanged model: false alarms in at most 5 % of them."""
    random = Random(20260301)
    alarms = 0
    runs = 400
    for _ in range(runs):
        before, after = [], []
        for cell in range(20):
            rate = 0.5 + 0.02 * cell
            before += outcomes([random.random() < rate for _ in range(40)], domain=f"d{cell:02}")
            after += outcomes([random.random() < rate for _ in range(40)], domain=f"d{cell:02}")
        comparisons = assess(after, before, ["domain"], 0.05).comparisons
        assert len(comparisons) == 20
        alarms += any(found.regressed for found in comparisons)
    assert alarms / runs <= 0.05
