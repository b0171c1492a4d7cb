"""Protected benchmarks: what they hold may not come in, and what came in before is found."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.sourcing import BenchmarkProtected
from aidataops.messaging import Received, UnitOfWork
from sourcing.band_index import BandIndex
from sourcing.domain.contamination import find_overlap, protected_runs
from sourcing.domain.gates import Hold
from sourcing.judging import Judging
from sourcing.store.benchmarks import BenchmarkStore
from sourcing.store.items import ItemStore
from sourcing.store.store import ItemKey

PAGE = 1000
"""Texts that are read at once when the pool is searched."""


class Protection:
    """Registers evaluation sets and searches the pool for them."""

    def __init__(self, work: UnitOfWork, index: BandIndex) -> None:
        self._work = work
        self._index = index
        self._items = ItemStore(work.connection)
        self._benchmarks = BenchmarkStore(work.connection)

    async def protect(self, events: Sequence[Received[BenchmarkProtected]]) -> None:
        """Protect texts; the whole pool is read once for all events of a batch."""
        await self._benchmarks.lock_rules()
        chunks = [(event.payload, protected_runs(event.payload.texts)) for event in events]
        await self._benchmarks.add(chunks)
        found = await self._search(set().union(*(runs for _, runs in chunks)))
        if not found:
            return
        await self._items.lock_projects({project for project, _ in found})
        before = await self._items.get(found)
        await self._items.save_contamination(found)
        await Judging(self._work, self._index).judge(
            found, before, causes=lambda _: events[-1], last=events[-1]
        )

    async def _search(self, runs: set[int]) -> dict[ItemKey, Hold]:
        """Items that hold one of the runs, with all that is held against them now."""
        found: dict[ItemKey, Hold] = {}
        after: ItemKey = ("", "")
        while page := await self._items.page_texts(after, PAGE):
            after = page[-1][0]
            shared = {key: text for key, text in page if runs & protected_runs([text])}
            if shared:
                protected = await self._benchmarks.find(protected_runs(shared.values()))
                holds = {key: find_overlap(text, protected) for key, text in shared.items()}
                found |= {key: hold for key, hold in holds.items() if hold is not None}
        return found
