"""Which parts of an evaluation set are compared: those the policy names, and those searched for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import and_

from feedback_router.domain.outcomes import SliceKey, slice_of


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice and its samples: bit ``n`` of ``members`` stands for sample ``n``."""

    key: SliceKey
    members: int
    discovered: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """How far slices are searched for: combinations of so many attributes, of so many samples.

    ``most_slices`` bounds the work; the largest are kept.
    """

    attributes: int = 3
    minimum_support: int = 20
    most_slices: int = 2000


NO_SEARCH = Search(attributes=0)


def find_slices(
    samples: Sequence[Mapping[str, str]], slice_by: Sequence[str], search: Search
) -> list[Slice]:
    """The slices of some samples, given by their attributes.

    A slice is every sample that has its values. First the named ones: the combinations of
    ``slice_by`` that samples have. Then the
    searched ones: the whole set, every single value, and the combinations of values of different
    attributes that occur often enough, grown level by level (a combination is never larger than
    its parts; Agrawal & Srikant 1994). Of slices with the same samples the plainest stands.
    """
    everything = (1 << len(samples)) - 1
    values: dict[tuple[str, str], int] = defaultdict(int)
    for place, attributes in enumerate(samples):
        for value in attributes.items():
            values[value] |= 1 << place
    found = [
        Slice(key, reduce(and_, (values[value] for value in key), everything))
        for key in sorted({slice_of(attributes, slice_by) for attributes in samples})
    ]
    if search.attributes == 0:
        return found
    taken = {one.members for one in found}
    for key, members in _searched(values, everything, search):
        if members not in taken:
            taken.add(members)
            found.append(Slice(key, members, discovered=True))
    return found


def members_where(chosen: Iterable[bool]) -> int:
    """The samples of which this holds, given for each in turn."""
    return int("0" + "".join("01"[one] for one in chosen)[::-1], 2)


def places_of(members: int) -> list[int]:
    """The places of the samples in a slice."""
    return [place for place, bit in enumerate(reversed(bin(members)[2:])) if bit == "1"]


def _searched(
    values: Mapping[tuple[str, str], int], everything: int, search: Search
) -> Iterable[tuple[SliceKey, int]]:
    frequent: dict[SliceKey, int] = {
        (value,): members
        for value, members in sorted(values.items())
        if members.bit_count() >= search.minimum_support
    }
    found: dict[SliceKey, int] = {(): everything, **frequent}
    level: dict[SliceKey, int] = dict(frequent)
    for _ in range(search.attributes - 1):
        level = _grown(level, search)
        found |= level
    kept = sorted(found.items(), key=lambda one: (-one[1].bit_count(), len(one[0]), one[0]))
    return sorted(kept[: search.most_slices], key=lambda one: (len(one[0]), one[0]))


def _grown(level: Mapping[SliceKey, int], search: Search) -> dict[SliceKey, int]:
    """Combinations of one attribute more: pairs that differ in their last value only."""
    grown: dict[SliceKey, int] = {}
    for prefix, group in groupby(sorted(level), key=lambda key: key[:-1]):
        siblings = list(group)
        for at, left in enumerate(siblings):
            for right in siblings[at + 1 :]:
                members = level[left] & level[right]
                if left[-1][0] != right[-1][0] and members.bit_count() >= search.minimum_support:
                    grown[(*prefix, left[-1], right[-1])] = members
                    if len(grown) >= search.most_slices:
                        return grown
    return grown
