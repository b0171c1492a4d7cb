"""Bitmaps kept in memory between questions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from sys import getsizeof
from typing import Any

from pyroaring import BitMap

from aidataops.database import Connection
from lineage.domain.bitmaps import Difference, shares
from lineage.store.membership import MembershipStore, ReachKind

Counts = list[tuple[str, int]]
"""Names with how many items, the most first."""

MAXIMUM_BYTES = 256 * 2**20
"""A version of ten million items, every other one of twenty million, is 2.5 MB."""

MAXIMUM_COUNTS = 1000

MAXIMUM_DIFFERENCES = 20
"""Of two versions of ten million items each: a megabyte or two."""

Pair = tuple[str, str, tuple[tuple[str, str], ...]]
"""Two versions, and the slices in which they are compared."""

ByCohort = dict[str, list[dict[str, Any]]]
"""For every kind of change how many items of which cohorts."""


class Shelf:
    """Sets of sealed versions, which cannot change, and what was counted from sets that can grow.

    One per process, whatever the number of connections. The longest unused go first.
    """

    def __init__(self, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        self._maximum = maximum_bytes
        self._sets: OrderedDict[tuple[str, str, str | None], dict[str, BitMap]] = OrderedDict()
        self._bytes = 0
        self._differences: OrderedDict[Pair, tuple[Difference, ByCohort]] = OrderedDict()
        self._counts: OrderedDict[tuple[str, ReachKind], tuple[object, Counts]] = OrderedDict()

    async def members(
        self, connection: Connection, version_id: str, facet: str = "all", value: str = ""
    ) -> BitMap:
        """The items of a sealed version under one value of a facet. Not to be changed."""
        store = MembershipStore(connection)
        found = await self._keep(
            (version_id, facet, value), lambda: store.members(version_id, facet, [value])
        )
        return found.get(value, BitMap())

    async def by_value(
        self, connection: Connection, version_id: str, facet: str
    ) -> Mapping[str, BitMap]:
        """The items of a sealed version under every value of a facet. Not to be changed."""
        store = MembershipStore(connection)
        return await self._keep((version_id, facet, None), lambda: store.members(version_id, facet))

    async def changed(self, connection: Connection, version_id: str, parent_id: str) -> BitMap:
        """The items whose row is not the same in two sealed versions, one the other's parent."""
        store = MembershipStore(connection)
        found = await self._keep(
            (version_id, "changed since", parent_id), lambda: store.changed(version_id, parent_id)
        )
        return found[parent_id]

    async def difference(
        self, pair: Pair, compare: Callable[[], Awaitable[tuple[Difference, ByCohort]]]
    ) -> tuple[Difference, ByCohort]:
        """What leads from one sealed version to another, compared once. Not to be changed."""
        if pair not in self._differences:
            self._differences[pair] = await compare()
            if len(self._differences) > MAXIMUM_DIFFERENCES:
                self._differences.popitem(last=False)
        self._differences.move_to_end(pair)
        return self._differences[pair]

    async def counted(
        self, connection: Connection, version_id: str, kind: ReachKind
    ) -> list[tuple[str, int]]:
        """How many items of a version each source or annotator reached, the most first."""
        store = MembershipStore(connection)
        size = await store.size_of_reaches(kind)
        return await self._remember(
            (version_id, kind), size, lambda: store.count_reached(version_id, kind)
        )

    async def reached(
        self, connection: Connection, kind: ReachKind, name: str, versions: Sequence[str]
    ) -> list[tuple[str, int]]:
        """How many items of each of these versions a source or an annotator reached."""
        store = MembershipStore(connection)
        state = (await store.size_of_reaches(kind, name), tuple(versions))

        async def count() -> list[tuple[str, int]]:
            sets = await store.reached(kind, name)
            items = BitMap.union(*sets.values()) if sets else BitMap()
            members = {each: await self.members(connection, each) for each in versions}
            return shares(items, members)

        return await self._remember((name, kind), state, count)

    async def _remember(
        self, key: tuple[str, ReachKind], state: object, count: Callable[[], Awaitable[Counts]]
    ) -> Counts:
        """What was counted from sets that only grow is right as long as their size is the same."""
        held = self._counts.get(key)
        if held is None or held[0] != state:
            held = self._counts[key] = (state, await count())
            if len(self._counts) > MAXIMUM_COUNTS:
                self._counts.popitem(last=False)
        return held[1]

    async def _keep(
        self,
        key: tuple[str, str, str | None],
        load: Callable[[], Awaitable[dict[str, BitMap]]],
    ) -> dict[str, BitMap]:
        if key not in self._sets:
            self._sets[key] = await load()
            self._bytes += _size(self._sets[key])
        self._sets.move_to_end(key)
        found = self._sets[key]
        while self._bytes > self._maximum and len(self._sets) > 1:
            _, dropped = self._sets.popitem(last=False)
            self._bytes -= _size(dropped)
        return found


def _size(sets: Mapping[str, BitMap]) -> int:
    return sum(getsizeof(each) for each in sets.values())
