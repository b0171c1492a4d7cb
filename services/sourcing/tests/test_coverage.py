"""Shares of the pool."""

from hypothesis import given
from hypothesis import strategies as st

from sourcing.domain.coverage import MAXIMUM_SLICES, measure_coverage


def test_shares_are_of_all_accepted_items_largest_first() -> None:
    measured = measure_coverage(
        "support", [({"language": "es"}, 1), ({"language": "en"}, 2), ({}, 1)]
    )
    assert measured.items == 4
    assert [(share.slices, share.items, share.share) for share in measured.shares] == [
        ({"language": "en"}, 2, 0.5),
        ({}, 1, 0.25),
        ({"language": "es"}, 1, 0.25),
    ]


def test_empty_pool_has_no_shares() -> None:
    assert measure_coverage("support", []).shares == ()


def test_without_production_weights_representation_is_unknown() -> None:
    measured = measure_coverage("support", [({}, 1)])
    assert (measured.population_stability_index, measured.jensen_shannon_bits) == (None, None)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=50))
def test_shares_sum_to_one(counts: list[int]) -> None:
    measured = measure_coverage(
        "support", [({"n": str(n)}, count) for n, count in enumerate(counts)]
    )
    assert abs(sum(share.share for share in measured.shares) - 1) < 1e-9


def test_measurement_with_very_many_slices_is_bounded() -> None:
    measured = measure_coverage("p", [({"n": str(n)}, 1) for n in range(MAXIMUM_SLICES + 5)])
    assert (measured.items, len(measured.shares)) == (MAXIMUM_SLICES + 5, MAXIMUM_SLICES)
