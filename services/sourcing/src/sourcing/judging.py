"""Verdicts on items, and what follows when one changes: events, coverage, briefs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.events.sourcing import ItemAccepted, ItemQuarantined
from aidataops.messaging import Received, UnitOfWork
from sourcing.band_index import BandIndex
from sourcing.commissioning import Commissioning
from sourcing.domain.judgement import Verdict, judge_alone, judge_among
from sourcing.lookalikes import Lookalikes
from sourcing.representation import Representation
from sourcing.store.items import ItemStore, StoredItem
from sourcing.store.store import ItemKey

Causes = Callable[[StoredItem], Received[Any]]
"""Which event a verdict on an item follows from."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is now known of an item, and what was written down before."""

    before: StoredItem
    after: StoredItem
    verdict: Verdict

    @property
    def is_change(self) -> bool:
        """Whether anybody outside has to know."""
        return (
            self.verdict != self.before.verdict
            or self.after.submitted != self.before.submitted
            or (self.verdict.status == "accepted" and self._licence != self._licence_before)
        )

    @property
    def _licence(self) -> str | None:
        source = self.after.candidate.source
        return source.licence if source else None

    @property
    def _licence_before(self) -> str | None:
        source = self.before.candidate.source
        return source.licence if source else None

    @property
    def accepted(self) -> list[tuple[StoredItem, int]]:
        """The accepted items that left (-1) and came into (1) the pool."""
        sides = ((self.before, self.before.verdict, -1), (self.after, self.verdict, 1))
        return [(item, sign) for item, verdict, sign in sides if verdict.status == "accepted"]


class Judging:
    """Judges items together with all that they touch, under the locks that the caller holds."""

    def __init__(self, work: UnitOfWork, index: BandIndex) -> None:
        self._work = work
        self._items = ItemStore(work.connection)
        self.lookalikes = Lookalikes(work.connection, index)

    async def judge(
        self,
        touched: Collection[ItemKey],
        before: Mapping[ItemKey, StoredItem],
        *,
        causes: Causes,
        last: Received[Any],
    ) -> None:
        """Judge items that are new or for which something changed.

        ``before`` holds those of them that were known, as they were.
        """
        items = await self._items.get(touched)
        contents = {item.content_key for item in (*items.values(), *before.values())} - {None}
        await self.lookalikes.settle([key for key in contents if key is not None], items)
        changes = [
            change
            for item, verdict in self._verdicts(items)
            for change in [Change(before.get(item.key, item), item, verdict)]
            if change.is_change
        ]
        if not changes:
            return
        changes.sort(key=lambda change: (change.after.candidate.rank, change.after.key))
        await self._items.save_verdicts({one.after.key: one.verdict for one in changes})
        for change in changes:
            self._announce(change, causes(change.after))
        moved = [part for change in changes for part in change.accepted]
        await Representation(self._work).count(moved, cause=last)
        await Commissioning(self._work).reconsider(
            [item.submitted for item, _ in moved],
            [item.candidate.submitted_at for item, _ in moved],
            cause=last,
        )

    def _verdicts(
        self, items: Mapping[ItemKey, StoredItem]
    ) -> Sequence[tuple[StoredItem, Verdict]]:
        """Of everything that was settled, and of items that have no content to compare."""
        found = [
            (item, judge_alone(item.candidate))
            for item in items.values()
            if item.content_key is None
        ]
        for key, group in self.lookalikes.groups.items():
            standing, resembled = self.lookalikes.standing(key), self.lookalikes.resembled(key)
            found += [(item, judge_among(item.candidate, standing, resembled)) for item in group]
        return found

    def _announce(self, change: Change, cause: Received[Any]) -> None:
        item, source = change.after.submitted, change.after.candidate.source
        if change.verdict.hold is not None:
            hold = change.verdict.hold
            self._work.emit(
                ItemQuarantined(
                    item_id=item.item_id,
                    project=item.project,
                    source_id=item.source_id,
                    gate=hold.gate,
                    reason=hold.reason,
                    evidence=hold.evidence,
                    brief_id=item.brief_id,
                ),
                cause=cause,
            )
        elif change.verdict.status == "accepted" and source is not None:
            self._work.emit(
                ItemAccepted(
                    item_id=item.item_id,
                    project=item.project,
                    source_id=item.source_id,
                    content_hash=change.after.candidate.content.hash or "",
                    text=item.text,
                    uri=item.uri,
                    media_type=item.media_type,
                    slices=item.slices,
                    licence=source.licence or "",
                    brief_id=item.brief_id,
                ),
                cause=cause,
            )
