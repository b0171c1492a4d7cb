"""Which contents are in the pool, found out for those that something changed for.

A change reaches further only where it matters: to contents that the changed one held back, and to
later ones that resemble it. Usually, with items arriving in the order of their times, to none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from aidataops.database import Connection
from sourcing.band_index import BandIndex
from sourcing.domain.duplicates import ContentKey, Rank, Standing, affected, settle
from sourcing.domain.gates import Hold
from sourcing.domain.judgement import first_of, resemblance
from sourcing.domain.resemblance import (
    THRESHOLD,
    jaccard,
    sharing_a_band,
    shingles_of,
    sign,
)
from sourcing.store.bands import BandStore
from sourcing.store.contents import ContentStore
from sourcing.store.items import ItemStore, StoredItem
from sourcing.store.store import ItemKey


class Lookalikes:
    """Settles contents from the ones touched outwards, in rounds of a few statements."""

    def __init__(self, connection: Connection, index: BandIndex) -> None:
        self._items = ItemStore(connection)
        self._contents = ContentStore(connection)
        self._stored_bands = BandStore(connection)
        self._index = index
        self.groups: dict[ContentKey, list[StoredItem]] = {}
        self._read: dict[ItemKey, StoredItem] = {}
        self._before: dict[ContentKey, Standing] = {}
        self._firsts: dict[ContentKey, Rank | None] = {}
        self._known: dict[ContentKey, Standing] = {}
        self._neighbours: dict[ContentKey, set[ContentKey]] = {}
        self._settled: dict[ContentKey, Standing] = {}
        self._shingles: dict[ContentKey, set[str]] = {}
        self._bands: dict[ContentKey, bytes] = {}
        self._similarities: dict[tuple[ContentKey, ContentKey], float] = {}

    def add(self, texts: Mapping[ContentKey, str | None]) -> None:
        """Contents for the index; one that is known stays as it is."""
        shingles = {key: shingles_of(text or "") for key, text in texts.items()}
        self._shingles |= shingles
        self._bands |= dict(zip(shingles, sign(list(shingles.values())), strict=True))

    async def settle(
        self, touched: Collection[ContentKey], items: Mapping[ItemKey, StoredItem]
    ) -> None:
        """Find out where the touched contents stand, and all that follows; fills ``groups``.

        ``items`` are those that were read already.
        """
        self._read |= items
        fresh = set(touched)
        while fresh:
            await self._load(fresh)
            self._settled = settle(
                self._firsts, self._released(), self._known, self._neighbours, self._resemble
            )
            changed = {
                key: (self._before.get(key, Standing()), standing)
                for key, standing in self._settled.items()
                if self._before.get(key, Standing()) != standing
            }
            fresh = affected(changed, self._known, self._neighbours) - self._firsts.keys()
        held = {key: one for key, one in self._settled.items() if one.held_by is not None}
        await self._contents.save(held)  # the others stand as they were loaded
        await self._contents.drop_unused([key for key, group in self.groups.items() if not group])

    def standing(self, key: ContentKey) -> Standing:
        """Where a settled content stands."""
        return self._settled[key]

    def resembled(self, key: ContentKey) -> Hold | None:
        """What holds a settled content back, if anything."""
        held_by = self._settled[key].held_by
        if held_by is None:
            return None
        other = (key[0], held_by)
        first = (self._settled.get(other) or self._known[other]).first
        if first is None:
            return None
        return resemblance(first, self._similarity(key, other), THRESHOLD)

    async def _load(self, fresh: set[ContentKey]) -> None:
        """The items of fresh contents, and the contents that may resemble them."""
        having = await self._items.list_with(fresh)
        self._read |= await self._items.get(having - self._read.keys())
        self.groups |= {key: [] for key in fresh}
        for item in (self._read[key] for key in having):
            if item.content_key is not None:
                self.groups[item.content_key].append(item)
        self._before |= await self._contents.get(fresh)
        for key in fresh:
            first = first_of(item.candidate for item in self.groups[key])
            self._firsts[key] = first.rank if first else None
            self._known.pop(key, None)
        known = fresh & self._before.keys()
        await self._contents.save({key: Standing(self._firsts[key]) for key in known})
        since: dict[ContentKey, datetime] = {}
        for key in fresh:
            ranks = (self._before[key].first if key in known else None, self._firsts[key])
            times = [rank.submitted_at for rank in ranks if rank is not None]
            if times:
                since[key] = min(times)
        await self._meet(since)
        await self._contents.add({key: self._firsts[key] for key in fresh - known}, self._bands)
        unread = (fresh | self._known.keys()) - self._shingles.keys()
        if self._neighbours:
            texts = await self._contents.get_texts(unread)
            self._shingles |= {key: shingles_of(text) for key, text in texts.items()}

    async def _meet(self, since: Mapping[ContentKey, datetime]) -> None:
        """Find what may resemble contents and matters to them, written down or among them."""
        unsigned = since.keys() - self._bands.keys()
        if unsigned:
            self._bands |= await self._stored_bands.get(unsigned)
        signed = {key: self._bands[key] for key in since if key in self._bands}
        found = await self._index.find(self._stored_bands, signed)
        others = found.keys() - self._firsts.keys()
        standings = await self._contents.get_relevant(others, since)
        near = {key: found[key] for key in standings}
        near |= {key: found[key] for key in found.keys() & self._firsts.keys() - signed.keys()}
        for key, other in sharing_a_band(signed, near):
            standing = standings.get(other)
            if other in self._firsts:
                self._join(key, other)
            elif standing is not None and standing.matters_to(key, since[key]):
                self._join(key, other)
                self._known[other] = standing

    def _join(self, one: ContentKey, other: ContentKey) -> None:
        self._neighbours.setdefault(one, set()).add(other)
        self._neighbours.setdefault(other, set()).add(one)

    def _released(self) -> set[ContentKey]:
        released: set[ContentKey] = set()
        for key, first in self._firsts.items():
            for item in self.groups[key]:
                if item.candidate.rank == first and "near_duplicate" in item.candidate.released:
                    released.add(key)
        return released

    def _resemble(self, one: ContentKey, other: ContentKey) -> bool:
        return self._similarity(one, other) >= THRESHOLD

    def _similarity(self, one: ContentKey, other: ContentKey) -> float:
        pair = (one, other) if one < other else (other, one)
        if pair not in self._similarities:
            nothing: set[str] = set()
            self._similarities[pair] = jaccard(
                self._shingles.get(one, nothing), self._shingles.get(other, nothing)
            )
        return self._similarities[pair]
