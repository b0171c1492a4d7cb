"""Bitmaps in chunks are the sets that they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from lineage.domain.bitmaps import chunked, difference, joined, packed, shares

ORDINALS = st.frozensets(st.integers(0, 2**18) | st.integers(2**31, 2**32 - 1), max_size=60)


@given(members=ORDINALS)
def test_chunks_joined_are_the_set_again(members: frozenset[int]) -> None:
    parts = chunked(members)
    assert set(parts) == {ordinal >> 16 for ordinal in members}
    assert set(joined(packed(part) for part in parts.values())) == members


@given(earlier=ORDINALS, later=ORDINALS, relabelled=ORDINALS)
def test_difference_applied_is_the_later_version(
    earlier: frozenset[int], later: frozenset[int], relabelled: frozenset[int]
) -> None:
    before, after = BitMap(earlier), BitMap(later)
    touched = (before ^ after) | BitMap(relabelled)
    found = difference(before, after, touched)
    assert found.applied(before) == after
    assert difference(before, before, BitMap()).applied(before) == before
    assert set(found.relabelled) == relabelled & earlier & later
    assert not (found.added & found.removed) | (found.added & found.relabelled)


@given(earlier=ORDINALS, middle=ORDINALS, later=ORDINALS)
def test_two_steps_are_one(
    earlier: frozenset[int], middle: frozenset[int], later: frozenset[int]
) -> None:
    sets = [BitMap(each) for each in (earlier, middle, later)]
    steps = [sets[0] ^ sets[1], sets[1] ^ sets[2]]
    found = difference(sets[0], sets[2], steps[0] | steps[1])
    assert found.applied(sets[0]) == sets[2]


@given(members=ORDINALS, parts=st.dictionaries(st.text(max_size=3), ORDINALS, max_size=4))
def test_shares_are_counted_as_sets_are(
    members: frozenset[int], parts: dict[str, frozenset[int]]
) -> None:
    found = shares(BitMap(members), {name: BitMap(each) for name, each in parts.items()})
    assert dict(found) == {n: len(each & members) for n, each in parts.items() if each & members}
