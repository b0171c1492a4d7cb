"""Bitmaps kept in memory between questions."""

from __future__ import annotations

from collections import OrderedDict
from sys import getsizeof

from pyroaring import BitMap

from aidataops.database import Connection, Queries
from lineage.store.membership import MembershipStore, ReachKind

_QUERIES = Queries.load("lineage")

MAXIMUM_BYTES = 256 * 2**20
"""A version of ten million items, every other one of twenty million, is 2.5 MB."""

MAXIMUM_COUNTS = 1000


class Shelf:
    """Sets of sealed versions, which cannot change, and what was counted from sets that can grow.

    One per process, whatever the number of connections. The longest unused go first.
    """

    def __init__(self, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        self._maximum = maximum_bytes
        self._sets: OrderedDict[tuple[str, str, str], BitMap] = OrderedDict()
        self._bytes = 0
        self._counts: OrderedDict[tuple[str, ReachKind], tuple[object, list[tuple[str, int]]]] = (
            OrderedDict()
        )

    async def members(
        self, connection: Connection, version_id: str, facet: str = "all", value: str = ""
    ) -> BitMap:
        """The items of a sealed version under one value of a facet. Not to be changed."""
        key = (version_id, facet, value)
        if key not in self._sets:
            found = await MembershipStore(connection).members(version_id, facet, [value])
            self._put(key, found.get(value, BitMap()))
        self._sets.move_to_end(key)
        return self._sets[key]

    async def counted(
        self, connection: Connection, version_id: str, kind: ReachKind
    ) -> list[tuple[str, int]]:
        """How many items of a version each source or annotator reached, the most first.

        What was counted is right until another item is reached, of whatever version.
        """
        size = tuple(await connection.fetchrow(_QUERIES["size_of_reaches"], kind))
        held = self._counts.get((version_id, kind))
        if held is None or held[0] != size:
            store = MembershipStore(connection)
            counts = await store.count_reached(version_id, kind)
            held = self._counts[version_id, kind] = (size, counts)
            if len(self._counts) > MAXIMUM_COUNTS:
                self._counts.popitem(last=False)
        return held[1]

    def _put(self, key: tuple[str, str, str], members: BitMap) -> None:
        self._sets[key] = members
        self._bytes += getsizeof(members)
        while self._bytes > self._maximum and len(self._sets) > 1:
            _, dropped = self._sets.popitem(last=False)
            self._bytes -= getsizeof(dropped)
