"""Items on their way in, and decisions to let one in after all."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.errors import InvalidError
from aidataops.events.governance import ItemReleaseDecided
from aidataops.events.sourcing import ItemSubmitted
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import earliest
from sourcing.band_index import BandIndex
from sourcing.domain.contamination import find_overlap
from sourcing.domain.gates import RELEASABLE, Content, inspect_content
from sourcing.domain.personal import hold_personal_data
from sourcing.judging import Judging
from sourcing.protected_runs import ProtectedRuns
from sourcing.store.benchmarks import BenchmarkStore
from sourcing.store.items import Inspected, ItemStore
from sourcing.store.store import ItemKey


class Admission:
    """Sends items through the gates, in set-wise steps."""

    def __init__(self, work: UnitOfWork, index: BandIndex, protected: ProtectedRuns) -> None:
        self._items = ItemStore(work.connection)
        self._benchmarks = BenchmarkStore(work.connection)
        self._protected = protected
        self._judging = Judging(work, index)

    async def take_items(self, events: Sequence[Received[ItemSubmitted]]) -> None:
        """Judge items, and again those that resemble them."""
        first = earliest(events, _key)
        await self._items.share_rules()
        await self._items.lock_sources({event.payload.source_id for event in events})
        await self._items.lock_projects({project for project, _ in first})
        before = await self._items.get(first)
        texts = [event.payload.text for _, event in first.values() if event.payload.text]
        protected = await self._protected.find(self._benchmarks, texts)
        inspected = [
            Inspected(
                event.payload,
                moment,
                _inspect(event.payload),
                find_overlap(event.payload.text or "", protected) if protected else None,
            )
            for moment, event in first.values()
        ]
        written = await self._items.add(inspected)
        self._judging.lookalikes.add(
            {
                (item.submitted.project, item.content.hash): item.submitted.text
                for item in inspected
                if item.content.hash is not None and _key(item.submitted) in written
            }
        )
        await self._judging.judge(
            written,
            {key: item for key, item in before.items() if key in written},
            causes=lambda item: first[item.key][1] if item.key in first else events[-1],
            last=events[-1],
        )

    async def release(self, events: Sequence[Received[ItemReleaseDecided]]) -> None:
        """Open a gate for an item; raises ``InvalidError`` for a gate that is not opened so."""
        for event in events:
            decision = event.payload
            if decision.gate not in RELEASABLE:
                gates = ", ".join(sorted(RELEASABLE))
                raise InvalidError(
                    f"gate: {decision.gate!r} is not opened for one item, only {gates}; licence and"
                    " provenance are decided for the source",
                    item_id=decision.subject,
                )
            if decision.role != "accountable":
                raise InvalidError(
                    f"role: is {decision.role!r}; the Accountable of the project decides",
                    item_id=decision.subject,
                )
        keys = {(event.payload.project, event.payload.subject): event for event in events}
        await self._items.share_rules()
        await self._items.lock_projects({project for project, _ in keys})
        before = await self._items.get(keys)
        await self._items.add_releases([event.payload for event in events])
        await self._judging.judge(
            keys, before, causes=lambda item: keys.get(item.key, events[-1]), last=events[-1]
        )


def _key(item: ItemSubmitted) -> ItemKey:
    return item.project, item.item_id


def _inspect(item: ItemSubmitted) -> Content:
    """Everything that an item's own content can be held back for."""
    content = inspect_content(item.text, item.checksum)
    if item.text is None or content.hash is None:
        return content
    personal = hold_personal_data(item.text)
    return Content(content.hash, (*content.flaws, personal)) if personal else content
