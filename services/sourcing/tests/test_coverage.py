"""Shares of the pool, and whether they are those of production."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    BriefProgressed,
    BriefWithdrawn,
    CoverageMeasured,
    ItemsRequested,
    ProductionWeightsSet,
    SliceFloor,
    SliceWeight,
)
from sourcing.domain.coverage import MAXIMUM_SLICES, measure_coverage
from sourcing.domain.production import Production, sort_into

from .conftest import Sourcing, item, sampled, source, weights


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


def pool(*counts: int) -> list[tuple[dict[str, str], int]]:
    return [({"n": str(n), "more": "x"}, count) for n, count in enumerate(counts) if count]


def production(*weights: float, **more: Any) -> Production:
    return Production(tuple(({"n": str(n)}, weight) for n, weight in enumerate(weights)), **more)


def test_pool_like_production_passes() -> None:
    measured = measure_coverage("p", pool(40, 30, 20, 10), production(4, 3, 2, 1, revision=3))
    assert (measured.verdict, measured.reason, measured.weights_revision) == ("passed", None, 3)
    assert measured.population_stability_index == pytest.approx(0)
    assert measured.degrees_of_freedom == 3


def test_distance_is_that_of_the_shares() -> None:
    measured = measure_coverage("p", pool(400, 300, 200, 100), production(55, 25, 15, 5))
    assert measured.population_stability_index == pytest.approx(0.1059, abs=5e-5)
    assert measured.jensen_shannon_bits == pytest.approx(0.01893, abs=5e-6)
    assert measured.verdict == "passed"
    assert measured.p_value == pytest.approx(0, abs=1e-9)


def test_far_pool_fails_and_says_what_is_missing() -> None:
    measured = measure_coverage("p", pool(90, 10), production(1, 1))
    assert measured.verdict == "failed"
    assert [one.missing for one in measured.representation] == [0, 80]


def test_missing_items_make_good_all_wanting_slices_together() -> None:
    weights = (4, 3, 2, 1)
    measured = measure_coverage("p", pool(100, 10, 5), production(*weights))
    missing = [one.missing for one in measured.representation]
    after = [n + m for n, m in zip((100, 10, 5, 0), missing, strict=True)]
    again = measure_coverage("p", pool(*after), production(*weights))
    assert again.verdict == "passed"
    assert again.population_stability_index == pytest.approx(0, abs=1e-3)


def test_small_pool_that_may_be_so_by_chance_is_inconclusive() -> None:
    measured = measure_coverage("p", pool(2, 0), production(1, 1))
    assert measured.population_stability_index is not None
    assert measured.population_stability_index > 0.25
    assert measured.verdict == "inconclusive"
    assert measure_coverage("p", [], production(1, 1)).verdict == "inconclusive"


def test_pool_too_small_to_show_the_rarest_slice_is_inconclusive() -> None:
    measured = measure_coverage("p", pool(10, 10), production(100, 100, 1))
    assert measured.verdict == "inconclusive"
    assert "rarest" in (measured.reason or "")


def test_floor_is_absolute_whatever_the_share() -> None:
    floor = SliceFloor(slices={"n": "1"}, items=59, reason="self-harm")
    common = production(999, 1, floors=(floor,))
    measured = measure_coverage("p", pool(58_000, 58), common)
    assert (measured.verdict, measured.floors[0].missing) == ("failed", 1)
    measured = measure_coverage("p", pool(58_000, 59), common)
    assert (measured.verdict, measured.floors[0].missing) == ("passed", 0)
    assert measured.floors[0].defect_rate_bound == pytest.approx(0.05, abs=5e-4)


def test_floors_need_no_weights() -> None:
    floor = SliceFloor(slices={"n": "1"}, items=2, reason="self-harm")
    measured = measure_coverage("p", pool(5), Production(floors=(floor,)))
    assert (measured.verdict, measured.population_stability_index) == ("failed", None)


def test_without_weights_and_floors_there_is_no_verdict() -> None:
    assert measure_coverage("p", pool(5), Production(revision=1)).verdict is None


def test_slice_weighted_twice_is_refused_by_its_place() -> None:
    twice = SliceWeight(slices={"n": "1"}, weight=1)
    with pytest.raises(ValidationError, match=r"weights\.1: .* has a weight already"):
        ProductionWeightsSet(project="p", revision=1, weights=(twice, twice))


def test_items_outside_of_production_are_counted_apart() -> None:
    measured = measure_coverage("p", [*pool(50, 50), ({"m": "7"}, 9)], production(1, 1))
    assert (measured.outside, measured.verdict) == (9, "passed")


def test_item_lies_in_the_most_specific_slice() -> None:
    both = Production((({"n": "1"}, 1.0), ({"n": "1", "more": "x"}, 1.0)))
    assert sort_into(both, [({"n": "1", "more": "x"}, 3), ({"n": "1"}, 2)]) == ([2, 3], 0)


@pytest.mark.parametrize(("slices", "items"), [(4, 40), (12, 60), (40, 400)])
def test_representative_pool_is_seldom_called_unrepresentative(slices: int, items: int) -> None:
    """Pools drawn from production itself: at most 5 % fail, within three standard errors."""
    random, pools = Random(slices), 2000
    weights = [1 / (rank + 1) for rank in range(slices)]
    failed = 0
    for _ in range(pools):
        drawn = Counter(random.choices(range(slices), weights, k=items))
        measured = measure_coverage(
            "p", pool(*(drawn[n] for n in range(slices))), production(*weights)
        )
        failed += measured.verdict == "failed"
    assert failed / pools <= 0.05 + 3 * (0.05 * 0.95 / pools) ** 0.5


def test_slices_called_missing_are_seldom_innocent() -> None:
    """One slice is halved, the others are as in production: the innocent are below 5 %."""
    random, pools, guilty, innocent = Random(1), 400, 0, 0
    weights = [5.0, 3.0, 3.0, 1.0, 1.0, 1.0]
    drawn_with = [0.5, 3.0, 3.0, 1.0, 1.0, 1.0]
    for _ in range(pools):
        drawn = Counter(random.choices(range(6), drawn_with, k=500))
        measured = measure_coverage("p", pool(*(drawn[n] for n in range(6))), production(*weights))
        guilty += measured.representation[0].missing > 0
        innocent += any(one.missing for one in measured.representation[1:])
    assert guilty == pools
    assert innocent / pools <= 0.05


async def test_deficit_opens_a_brief_that_new_items_fulfil(sourcing: Sourcing) -> None:
    emitted = await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(1, weights({}, {"es": 2}))
    )
    measured, opened, asked = emitted[1:]
    assert isinstance(measured, CoverageMeasured)
    assert measured.verdict == "failed"
    assert isinstance(opened, BriefOpened)
    assert (opened.origin, opened.quota, opened.reason) == ("coverage", 2, "0 of 2: safety")
    assert isinstance(asked, ItemsRequested)
    _, _, progressed = await sourcing.deliver(sourcing.at(2, item("a", brief_id=opened.brief_id)))
    assert isinstance(progressed, BriefProgressed)
    assert (progressed.items, progressed.missing) == (1, 1)
    _, measured, done = await sourcing.deliver(sourcing.at(3, item("b", brief_id=opened.brief_id)))
    assert isinstance(measured, CoverageMeasured)
    assert measured.verdict == "passed"
    assert isinstance(done, BriefFulfilled)
    assert done.item_ids == ("a", "b")


async def test_brief_is_withdrawn_when_nobody_needs_it(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, weights({}, {"es": 2})))
    emitted = await sourcing.deliver(sourcing.at(1, weights({}, {"de": 1}, revision=2)))
    assert [type(one) for one in emitted] == [
        CoverageMeasured,
        BriefOpened,
        ItemsRequested,
        BriefWithdrawn,
    ]


async def test_lower_revision_that_comes_late_changes_nothing(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, weights({"es": 1}, revision=2)))
    (measured,) = await sourcing.deliver(sourcing.at(1, weights({"de": 1}, {"de": 9})))
    assert isinstance(measured, CoverageMeasured)
    assert (measured.weights_revision, measured.floors) == (2, ())


async def test_weights_come_from_sampled_production_until_they_are_set(sourcing: Sourcing) -> None:
    items = [sourcing.at(1, item(f"i{n}", slices={"language": "es"})) for n in range(20)]
    emitted = await sourcing.deliver(
        sourcing.at(0, source()), *items, sourcing.at(2, sampled({"es": 1, "de": 3}))
    )
    measured = [one for one in emitted if isinstance(one, CoverageMeasured)][-1]
    assert (measured.verdict, measured.weights_revision) == ("failed", None)
    assert [one.target_share for one in measured.representation] == [0.75, 0.25]
    emitted = await sourcing.deliver(sourcing.at(3, weights({"es": 1})))
    (measured,) = [one for one in emitted if isinstance(one, CoverageMeasured)]
    assert (measured.verdict, measured.weights_revision) == ("passed", 1)


async def test_revision_that_is_a_time_and_very_many_samples_are_taken(sourcing: Sourcing) -> None:
    emitted = await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, item("a")),
        sourcing.at(2, sampled({"es": 5_000_000_000})),
        sourcing.at(3, weights({}, revision=1_772_000_000_000)),
    )
    measured = [one for one in emitted if isinstance(one, CoverageMeasured)][-1]
    assert measured.weights_revision == 1_772_000_000_000
    assert [one.target_share for one in measured.representation] == [1.0]
