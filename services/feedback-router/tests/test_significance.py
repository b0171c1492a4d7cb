"""Against published numbers and against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from feedback_router.domain.significance import (
    benjamini_hochberg,
    fisher_exact,
    mcnemar_improvement,
    mcnemar_two_sided,
    odds_ratio,
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


@given(COUNT, COUNT, COUNT, COUNT)
def test_fisher_is_scipys(a: int, b: int, c: int, d: int) -> None:
    expected = stats.fisher_exact([[a, b], [c, d]]).pvalue
    assert fisher_exact(a, b, c, d) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_twelve_percent_cohort() -> None:
    assert odds_ratio(40, 60, 560, 4340) == pytest.approx(5.17, abs=0.005)
    assert fisher_exact(40, 60, 560, 4340) == pytest.approx(5.549e-13, rel=1e-3)


def test_an_empty_cell_still_has_an_odds_ratio() -> None:
    assert odds_ratio(12, 4, 0, 60) == pytest.approx(12.5 * 60.5 / (4.5 * 0.5))
