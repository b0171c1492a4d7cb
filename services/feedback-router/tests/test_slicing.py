"""Which slices there are, against counting them one by one."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from feedback_router.domain.slicing import NO_SEARCH, Search, find_slices, places_of


def samples(seed: int, size: int) -> list[dict[str, str]]:
    random = Random(seed)
    names = ("domain", "language", "capability", "risk")
    return [
        {name: f"{name}{random.randrange(3)}" for name in names if random.random() < 0.9}
        for _ in range(size)
    ]


@given(st.integers(0, 10_000), st.integers(1, 120), st.integers(1, 3), st.integers(1, 30))
def test_every_combination_with_support_is_there_once(
    seed: int, size: int, attributes: int, support: int
) -> None:
    given_samples = samples(seed, size)
    found = find_slices(given_samples, ("domain", "language"), Search(attributes, support))
    occurring = {
        key
        for sample in given_samples
        for length in range(attributes + 1)
        for key in combinations(sorted(sample.items()), length)
    }
    members = {
        key: tuple(n for n, one in enumerate(given_samples) if set(key) <= set(one.items()))
        for key in occurring
    }
    wanted = {places for key, places in members.items() if len(places) >= support or not key}
    searched = [tuple(places_of(one.members)) for one in found if one.discovered]
    named = {tuple(places_of(one.members)) for one in found if not one.discovered}
    assert len(searched) == len(set(searched))
    assert set(searched) == wanted - named
    for one in found:
        if one.key in members:
            assert tuple(places_of(one.members)) == members[one.key]


def test_of_slices_with_the_same_samples_the_plainest_stands() -> None:
    same = [{"domain": "returns", "tier": "gold"} for _ in range(30)]
    found = find_slices(same, ("domain",), Search(3, 10))
    assert [one.key for one in found] == [(("domain", "returns"),)]


def test_without_search_only_the_named_are_there() -> None:
    found = find_slices(samples(1, 80), ("domain",), NO_SEARCH)
    assert all(not one.discovered and len(one.key) <= 1 for one in found)


def test_a_wide_search_is_bounded_and_keeps_the_largest() -> None:
    random = Random(1)
    wide = [{f"a{n}": str(random.randrange(4)) for n in range(12)} for _ in range(400)]
    found = find_slices(wide, ("a0",), Search(3, 5, most_slices=50))
    assert sum(one.discovered for one in found) <= 50
