"""The tables of membership: who is in a version, and whom a source or an annotator reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pyroaring import BitMap

from aidataops.database import Connection, Queries
from lineage.domain.bitmaps import chunked, joined, packed, shares

_QUERIES = Queries.load("lineage")

ReachKind = Literal["source", "annotator"]


class Reach(NamedTuple):
    """An item that a source provided (``cohort`` is empty) or an annotator labelled."""

    kind: ReachKind
    id: str
    cohort: str
    item_id: str


class MembershipStore:
    """Writes bitmaps next to what they index, in the same transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ordinals(self, item_ids: Iterable[str]) -> dict[str, int]:
        """The numbers of items; an item without one is given one, for good."""
        wanted = sorted(set(item_ids))
        await self._connection.execute(_QUERIES["add_ordinals"], wanted)
        rows = await self._connection.fetch(_QUERIES["ordinals"], wanted)
        return {row["item_id"]: row["ordinal"] for row in rows}

    async def add_reaches(self, reaches: Iterable[Reach]) -> None:
        """Add items to sets that only grow: order and repetition cannot matter."""
        held = list(reaches)
        ordinals = await self.ordinals(reach.item_id for reach in held)
        sets: dict[tuple[str, str, str], set[int]] = defaultdict(set)
        for reach in held:
            sets[reach.kind, reach.id, reach.cohort].add(ordinals[reach.item_id])
        parts = {
            (*key, chunk): part
            for key, each in sets.items()
            for chunk, part in chunked(each).items()
        }
        keys = sorted(parts)
        columns = [list(column) for column in zip(*keys, strict=True)]
        await self._connection.execute(_QUERIES["add_empty_reaches"], *columns, packed(BitMap()))
        for row in await self._connection.fetch(_QUERIES["lock_reaches"], *columns):
            key = (row["kind"], row["id"], row["cohort"], row["chunk"])
            parts[key] |= BitMap.deserialize(row["items"])
        await self._connection.execute(
            _QUERIES["grow_reaches"], *columns,
            [packed(parts[key]) for key in keys], [len(parts[key]) for key in keys],
        )  # fmt: skip

    async def reached(self, kind: ReachKind, name: str) -> dict[str, BitMap]:
        """What a source or an annotator reached, by cohort."""
        return _by_name(await self._connection.fetch(_QUERIES["reached"], kind, name))

    async def size_of_reaches(self, kind: ReachKind, name: str | None = None) -> tuple[int, int]:
        """Parts and items of what all sources or annotators, or one, reached; it only grows."""
        row = await self._connection.fetchrow(_QUERIES["size_of_reaches"], kind, name)
        return row["parts"], row["items"]

    async def members(
        self, version_id: str, facet: str, values: Sequence[str] | None = None
    ) -> dict[str, BitMap]:
        """The items of a version under (these) values of a facet."""
        return _by_name(
            await self._connection.fetch(_QUERIES["members"], version_id, facet, values)
        )

    async def parts(self, version_id: str) -> dict[int, BitMap]:
        """All items of a version by chunk; while it is built, those that it will have."""
        rows = await self._connection.fetch(_QUERIES["parts"], version_id)
        return {row["chunk"]: BitMap.deserialize(row["items"]) for row in rows}

    async def count_reached(self, version_id: str, kind: ReachKind) -> list[tuple[str, int]]:
        """How many items of a version each source or annotator reached, the most first.

        An annotator's items count where the version took the row from the cohort in which they
        labelled it: a row that was labelled again elsewhere is not theirs any more.
        """
        facet = "cohort" if kind == "annotator" else "all"
        members = await self.members(version_id, facet)
        rows = await self._connection.fetch(_QUERIES["reaches_in"], kind, list(members))
        reached: dict[str, BitMap] = defaultdict(BitMap)
        for row in rows:
            reached[row["id"]] |= BitMap.deserialize(row["items"]) & members[row["cohort"]]
        return shares(BitMap.union(*members.values()) if members else BitMap(), reached)

    async def changed(self, version_id: str, parent_id: str) -> dict[str, BitMap]:
        """The items whose row is not the same in a version and its parent, under its name."""
        rows = await self._connection.fetch(_QUERIES["changed"], version_id, parent_id)
        return {parent_id: joined(row["items"] for row in rows)}


def _by_name(rows: Iterable[Any]) -> dict[str, BitMap]:
    parts: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        parts[row["name"]].append(row["items"])
    return {name: joined(each) for name, each in parts.items()}
