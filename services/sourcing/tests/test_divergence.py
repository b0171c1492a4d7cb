"""Distances between distributions, against published figures and scipy."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chisquare, false_discovery_control, norm

from sourcing.domain import divergence

POOL, PRODUCTION = [0.4, 0.3, 0.2, 0.1], [0.55, 0.25, 0.15, 0.05]
shares = st.lists(st.integers(1, 1000), min_size=2, max_size=30).map(
    lambda counts: [count / sum(counts) for count in counts]
)


def test_published_figures() -> None:
    psi = divergence.population_stability_index(POOL, PRODUCTION)
    assert psi == pytest.approx(0.1059, abs=5e-5)
    assert divergence.jensen_shannon(POOL, PRODUCTION) == pytest.approx(0.01893, abs=5e-6)


def test_clean_items_bound_the_defect_rate() -> None:
    assert [round(divergence.defect_rate_bound(n), 3) for n in (59, 149, 299)] == [
        0.05,
        0.02,
        0.01,
    ]
    assert divergence.defect_rate_bound(58) > 0.05
    assert divergence.defect_rate_bound(0) == 1


@given(shares)
def test_nothing_is_far_from_itself(one: list[float]) -> None:
    assert divergence.population_stability_index(one, one) == 0
    assert divergence.jensen_shannon(one, one) == pytest.approx(0, abs=1e-12)


@given(shares, st.randoms(use_true_random=False))
def test_jensen_shannon_is_scipys(one: list[float], random: Random) -> None:
    other = random.sample(one, len(one))
    expected = float(jensenshannon(one, other, base=2)) ** 2
    assert divergence.jensen_shannon(one, other) == pytest.approx(expected, abs=1e-9)


def test_empty_slice_is_far_but_not_infinitely() -> None:
    assert 0.25 < divergence.population_stability_index([1, 0], [0.8, 0.2]) < 5
    assert divergence.jensen_shannon([1, 0], [0, 1]) == 1


@given(shares, st.data())
def test_chi_square_is_scipys(expected: list[float], data: st.DataObject) -> None:
    counts = data.draw(
        st.lists(st.integers(0, 500), min_size=len(expected), max_size=len(expected))
    )
    total = sum(counts) or 1
    counts[0] += not any(counts)
    found = divergence.chi_square(counts, expected)
    reference = chisquare(counts, [share * total for share in expected])
    assert found == pytest.approx(float(reference.statistic), rel=1e-9)
    tail = divergence.chi_square_tail(found, len(counts) - 1)
    assert tail == pytest.approx(float(reference.pvalue), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 99, 999])
@pytest.mark.parametrize("factor", [0.1, 0.9, 1.0, 1.5, 3.0])
def test_tail_is_scipys_for_any_degrees(degrees: int, factor: float) -> None:
    found = divergence.chi_square_tail(degrees * factor, degrees)
    expected = float(chi2.sf(degrees * factor, degrees))
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-14)


def test_two_sided_tail_is_scipys() -> None:
    assert divergence.two_sided(-1.7) == pytest.approx(2 * float(norm.sf(1.7)), rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjustment_is_scipys(p_values: list[float]) -> None:
    assert divergence.benjamini_hochberg(p_values) == pytest.approx(
        list(false_discovery_control(p_values)), abs=1e-12
    )
