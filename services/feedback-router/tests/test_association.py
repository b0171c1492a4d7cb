"""Against published numbers, scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from feedback_router.domain.association import Table, fisher_exact, mantel_haenszel, woolf

COUNT = st.integers(0, 60)
FILLED = st.integers(1, 60)
TABLE = st.tuples(FILLED, FILLED, FILLED, FILLED)


@given(COUNT, COUNT, COUNT, COUNT)
def test_fisher_is_scipys(a: int, b: int, c: int, d: int) -> None:
    expected = stats.fisher_exact([[a, b], [c, d]]).pvalue
    assert fisher_exact(a, b, c, d) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_twelve_percent_cohort() -> None:
    found = woolf((40, 60, 560, 4340))
    assert (found.ratio, found.lower, found.upper) == pytest.approx((5.17, 3.43, 7.78), abs=0.005)
    assert fisher_exact(40, 60, 560, 4340) == pytest.approx(5.549e-13, rel=1e-3)


@given(TABLE)
def test_woolf_is_statsmodels(table: Table) -> None:
    oracle = Table2x2(np.reshape(table, (2, 2)), shift_zeros=False)
    found = woolf(table)
    assert found.ratio == pytest.approx(oracle.oddsratio)
    assert (found.lower, found.upper) == pytest.approx(oracle.oddsratio_confint())


@given(st.lists(TABLE, min_size=1, max_size=6))
def test_mantel_haenszel_is_statsmodels(strata: list[Table]) -> None:
    oracle = StratifiedTable([np.reshape(table, (2, 2)) for table in strata])
    found = mantel_haenszel(strata)
    assert found is not None
    assert found.ratio == pytest.approx(oracle.oddsratio_pooled)
    assert (found.lower, found.upper) == pytest.approx(oracle.oddsratio_pooled_confint())


def test_what_holds_in_no_stratum_does_not_hold() -> None:
    """Simpson: four times the odds in the crude table, none in either stratum."""
    strata: list[Table] = [(40, 60, 4, 6), (1, 9, 10, 90)]
    assert woolf((41, 69, 14, 96)).lower > 2
    found = mantel_haenszel(strata)
    assert found is not None
    assert found.ratio == pytest.approx(1.0)
    assert found.lower < 1 < found.upper


def test_an_empty_cell_still_has_an_odds_ratio() -> None:
    assert woolf((12, 4, 0, 60)).ratio == pytest.approx(12.5 * 60.5 / (4.5 * 0.5))
    pooled = mantel_haenszel([(12, 4, 0, 60), (0, 0, 0, 0)])
    assert pooled is not None
    assert pooled.lower > 1


def test_strata_without_both_sides_compare_nothing() -> None:
    assert mantel_haenszel([(5, 0, 7, 0), (0, 0, 0, 0)]) is None
