"""Against published numbers and against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from feedback_router.domain.significance import (
    benjamini_hochberg,
    benjamini_yekutieli,
    mcnemar_improvement,
    mcnemar_two_sided,
    two_proportion,
)

COUNT = st.integers(0, 60)


def test_forty_lost_and_ten_gained_is_far_beyond_chance() -> None:
    assert mcnemar_two_sided(40, 10) == pytest.approx(2.386e-5, rel=1e-3)


def test_no_discordant_pair_is_no_evidence() -> None:
    assert mcnemar_two_sided(0, 0) == 1.0
    assert mcnemar_improvement(0, 0) == 1.0


def test_thousands_of_discordant_pairs_are_no_overflow() -> None:
    assert mcnemar_two_sided(3000, 2900) == pytest.approx(
        stats.binomtest(3000, 5900).pvalue, rel=1e-9
    )
    assert 0 <= mcnemar_two_sided(5000, 0) < 1e-300


@given(COUNT, COUNT)
def test_mcnemar_is_the_sign_test(lost: int, gained: int) -> None:
    if lost + gained:
        two = stats.binomtest(lost, lost + gained).pvalue
        one = stats.binomtest(gained, lost + gained, alternative="greater").pvalue
        assert mcnemar_two_sided(lost, gained) == pytest.approx(two, rel=1e-9)
        assert mcnemar_improvement(lost, gained) == pytest.approx(one, rel=1e-9)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_benjamini_hochberg_is_scipys(p_values: list[float]) -> None:
    expected = stats.false_discovery_control(p_values) if p_values else []
    assert benjamini_hochberg(p_values) == pytest.approx(list(expected), rel=1e-12, abs=1e-300)


def test_benjamini_and_hochbergs_own_example() -> None:
    """Their 15 p-values (1995, section 3.2): four discoveries at .05 where Bonferroni has three."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p_values += [0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert sum(q <= 0.05 for q in benjamini_hochberg(p_values)) == 4


def test_weights_say_where_discoveries_are_looked_for_first() -> None:
    assert benjamini_hochberg([0.02, 0.02], [1.9, 0.1])[0] == pytest.approx(2 * 0.02 / 1.9)
    p_values = [0.01, 0.2, 0.03, 0.9]
    assert benjamini_hochberg(p_values, [1.0] * 4) == benjamini_hochberg(p_values)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_benjamini_yekutieli_is_scipys(p_values: list[float]) -> None:
    expected = stats.false_discovery_control(p_values, method="by") if p_values else []
    assert benjamini_yekutieli(p_values) == pytest.approx(list(expected), rel=1e-12, abs=1e-300)


@given(st.integers(40, 400), st.integers(40, 400), st.floats(0.3, 0.7), st.floats(0.3, 0.7))
def test_two_proportions_are_statsmodels(n: int, m: int, p: float, q: float) -> None:
    x, y = round(n * p), round(m * q)
    expected = proportions_ztest([x, y], [n, m])[1]
    assert two_proportion(x, n, y, m) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_few_failures_are_left_to_fishers_exact_test() -> None:
    expected = stats.fisher_exact([[48, 2], [45, 5]]).pvalue
    assert two_proportion(48, 50, 45, 50) == pytest.approx(expected, rel=1e-6)
    assert two_proportion(50, 50, 50, 50) == 1.0
