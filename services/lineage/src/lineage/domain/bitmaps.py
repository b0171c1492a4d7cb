"""Sets of item ordinals as compressed bitmaps, kept in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyroaring import BitMap

CHUNK_BITS = 16
"""A chunk is one Roaring container: 65 536 ordinals, at most 8 KiB."""


def chunked(ordinals: Iterable[int]) -> dict[int, BitMap]:
    """A set of ordinals by chunk (``ordinal >> 16``); a union of the parts is the set."""
    whole = BitMap(ordinals)
    parts: dict[int, BitMap] = {}
    while whole:
        chunk = whole.min() >> CHUNK_BITS
        end = (chunk + 1) << CHUNK_BITS
        part = whole & BitMap(range(chunk << CHUNK_BITS, end))
        parts[chunk] = part
        whole -= part
    return parts


def packed(part: BitMap) -> bytes:
    """A chunk as it is stored: runs compressed, in Roaring's portable format."""
    part.run_optimize()
    return bytes(part.serialize())


def joined(parts: Iterable[bytes]) -> BitMap:
    """The set whose stored chunks these are."""
    found = [BitMap.deserialize(part) for part in parts]
    return BitMap.union(*found) if found else BitMap()


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one version to another: sets of ordinals without an element in common."""

    added: BitMap
    removed: BitMap
    relabelled: BitMap

    def applied(self, before: BitMap) -> BitMap:
        """The items of the later version, from those of the earlier one."""
        return (before - self.removed) | self.added


def difference(before: BitMap, after: BitMap, touched: BitMap) -> Difference:
    """Split the touched items: those only after, only before, and in both with another row."""
    return Difference(
        added=(after - before) & touched,
        removed=(before - after) & touched,
        relabelled=before & after & touched,
    )


def shares(whole: BitMap, parts: Mapping[str, BitMap]) -> list[tuple[str, int]]:
    """How many of ``whole`` are in each part, the largest first; those with none are left out."""
    counts = ((name, whole.intersection_cardinality(part)) for name, part in parts.items())
    return sorted(((name, n) for name, n in counts if n), key=lambda each: (-each[1], each[0]))
