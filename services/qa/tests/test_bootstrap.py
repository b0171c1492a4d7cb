"""The bootstrap: exact draws, honest bounds, the same figures every time."""

from __future__ import annotations

from collections import Counter
from random import Random

import krippendorff
import numpy as np
import pytest
from scipy import stats

from qa.domain.bootstrap import alpha_interval, binomial, multinomial

PATTERNS = {
    (("a", 3),): 20,
    (("b", 3),): 12,
    (("c", 2),): 6,
    (("a", 1), ("b", 2)): 4,
    (("a", 2), ("c", 1)): 3,
}


@pytest.mark.parametrize(("trials", "numerator", "denominator"), [(9, 1, 3), (40, 5, 8), (7, 1, 2)])
def test_draws_are_binomial(trials: int, numerator: int, denominator: int) -> None:
    random = Random(7)
    drawn = Counter(binomial(trials, numerator, denominator, random) for _ in range(20_000))
    exact = stats.binom(trials, numerator / denominator)
    for successes in range(trials + 1):
        assert drawn[successes] / 20_000 == pytest.approx(exact.pmf(successes), abs=0.015)


def test_certain_and_impossible_trials() -> None:
    assert binomial(11, 3, 3, Random(1)) == 11
    assert binomial(11, 0, 3, Random(1)) == 0


def test_a_resample_has_as_many_units_as_the_sample() -> None:
    random = Random(3)
    for _ in range(200):
        assert sum(n for _, n in multinomial([5, 1, 30, 2], random)) == 38


def test_the_interval_is_that_of_drawing_units_one_by_one() -> None:
    table = np.array(
        [
            [dict(pattern).get(value, 0) for value in "abc"]
            for pattern, units in PATTERNS.items()
            for _ in range(units)
        ]
    )
    random = np.random.default_rng(5)
    resamples = (table[random.integers(0, len(table), len(table))] for _ in range(2000))
    alphas = [
        krippendorff.alpha(value_counts=resample, level_of_measurement="nominal")
        for resample in resamples
    ]
    assert alpha_interval(PATTERNS, "seed") == pytest.approx(
        tuple(np.percentile(alphas, [2.5, 97.5])), abs=0.02
    )


def test_the_same_seed_gives_the_same_interval_whatever_the_order() -> None:
    backwards = dict(reversed(PATTERNS.items()))
    assert alpha_interval(PATTERNS, "x") == alpha_interval(backwards, "x")
    assert alpha_interval(PATTERNS, "x") != alpha_interval(PATTERNS, "y")


def test_more_units_narrow_the_interval() -> None:
    lower, upper = alpha_interval(PATTERNS, "x")
    narrow_lower, narrow_upper = alpha_interval({p: 100 * n for p, n in PATTERNS.items()}, "x")
    assert lower is not None
    assert upper is not None
    assert narrow_lower is not None
    assert narrow_upper is not None
    assert narrow_upper - narrow_lower == pytest.approx((upper - lower) / 10, rel=0.2)


def test_variation_that_hangs_on_one_unit_has_no_bounds() -> None:
    assert alpha_interval({(("a", 3),): 30, (("b", 3),): 1}, "x") == (None, None)


def test_resamples_without_variation_count_as_the_lowest_and_the_highest() -> None:
    patterns = {(("a", 3),): 14, (("b", 3),): 1, (("a", 2), ("b", 1)): 2, (("a", 1), ("b", 2)): 1}
    uppers = [alpha_interval(patterns, str(seed))[1] for seed in range(4)]
    assert uppers == [1, 1, 1, 1]  # .90 when such resamples (1 %) are left out
