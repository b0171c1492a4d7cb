"""Newcombe's paired interval against published tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from feedback_router.domain.intervals import newcombe_paired, wilson
from feedback_router.domain.outcomes import PairedCounts


def table(both: int, after_only: int, before_only: int, neither: int) -> PairedCounts:
    return PairedCounts(
        both + after_only + before_only + neither,
        both + before_only,
        both + after_only,
        before_only,
        after_only,
    )


@pytest.mark.parametrize(
    ("cells", "lower", "upper"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404),  # Newcombe 1998, table II, method 10
        ((1, 1, 7, 12), -0.507, -0.026),  # Bentur et al. 2009, in Fagerland, Lydersen, Laake 2014
    ],
)
def test_published_tables(cells: tuple[int, int, int, int], lower: float, upper: float) -> None:
    assert newcombe_paired(table(*cells)) == pytest.approx((lower, upper), abs=6e-4)


def test_without_correlation_it_is_the_interval_of_independent_samples() -> None:
    expected = confint_proportions_2indep(20, 40, 20, 40, method="newcomb")
    assert newcombe_paired(table(10, 10, 10, 10)) == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_it_holds_the_difference_and_mirrors(a: int, b: int, c: int, d: int) -> None:
    counts = table(a, b, c, d)
    if counts.pairs:
        lower, upper = newcombe_paired(counts)
        assert -1 <= lower <= (b - c) / counts.pairs + 1e-12
        assert (b - c) / counts.pairs - 1e-12 <= upper <= 1
        mirrored = newcombe_paired(table(a, c, b, d))
        assert (-mirrored[1], -mirrored[0]) == pytest.approx((lower, upper), abs=1e-9)


@given(st.integers(1, 200), st.data())
def test_wilson_is_statsmodels(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    expected = proportion_confint(successes, trials, method="wilson")
    assert wilson(successes, trials) == pytest.approx(expected, abs=1e-9)
