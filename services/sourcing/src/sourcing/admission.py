"""Sources and items on their way in: judged again whenever something they depend on changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.events.sourcing import (
    ItemAccepted,
    ItemQuarantined,
    ItemSubmitted,
    SourceRegistered,
    SourceSubmitted,
)
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import by_moment
from sourcing.commissioning import Commissioning
from sourcing.domain.coverage import measure_coverage
from sourcing.domain.gates import Verdict, inspect_content, judge_items
from sourcing.domain.licences import judge_licence
from sourcing.store import ItemKey, SourcingStore, StoredItem


@dataclass(frozen=True, slots=True)
class Change:
    """What is now known of an item, and what was written down before."""

    before: StoredItem
    after: StoredItem
    verdict: Verdict

    @property
    def accepted(self) -> int:
        """By how many accepted items the pool grew: 1, 0 or -1."""
        return (self.verdict.status == "accepted") - (self.before.verdict.status == "accepted")

    @property
    def is_change(self) -> bool:
        """Whether anybody outside has to know."""
        return (
            self.verdict != self.before.verdict
            or self.after.submitted != self.before.submitted
            or self.after.candidate.source != self.before.candidate.source
        )


class Admission:
    """Takes what is submitted and decides about everything that it touches, in set-wise steps."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = SourcingStore(work.connection)

    async def take_sources(self, events: Sequence[Received[SourceSubmitted]]) -> None:
        """Register sources whose licence is allowed and judge the items of all of them."""
        first: dict[str, Any] = {}
        for moment, event in by_moment(events):
            first.setdefault(event.payload.source_id, (moment, event))
        await self._store.lock_sources(first)
        await self._store.lock_projects(await self._store.list_projects_of(first))
        items = await self._store.list_items_of(first)
        before = await self._twins(items)
        judged = [
            (event.payload, judge_licence(event.payload.provenance.licence), moment)
            for moment, event in first.values()
        ]
        written = await self._store.add_sources(judged)
        causes = {source_id: event for source_id, (_, event) in first.items()}
        for source, licence, _ in judged:
            if source.source_id in written and licence.problem is None:
                registered = SourceRegistered(**dict(source))
                self._work.emit(registered, cause=causes[source.source_id])
        await self._decide(before, items, causes={}, sources=causes, last=events[-1])

    async def take_items(self, events: Sequence[Received[ItemSubmitted]]) -> None:
        """Send items through the gates, and those with the same content again."""
        first: dict[ItemKey, Any] = {}
        for moment, event in by_moment(events):
            first.setdefault((event.payload.project, event.payload.item_id), (moment, event))
        await self._store.lock_sources({event.payload.source_id for event in events})
        await self._store.lock_projects({project for project, _ in first})
        before = await self._twins(first)
        await self._store.add_items(
            [
                (event.payload, inspect_content(event.payload.text, event.payload.checksum), moment)
                for moment, event in first.values()
            ]
        )
        causes = {key: event for key, (_, event) in first.items()}
        await self._decide(before, first, causes=causes, sources={}, last=events[-1])

    async def _twins(self, items: Collection[ItemKey]) -> dict[ItemKey, StoredItem]:
        twins = await self._store.list_twins(items)
        return {_key(item): item for item in await self._store.get_items(twins)}

    async def _decide(
        self,
        before: dict[ItemKey, StoredItem],
        touched: Collection[ItemKey],
        *,
        causes: dict[ItemKey, Received[Any]],
        sources: dict[str, Received[Any]],
        last: Received[Any],
    ) -> None:
        twins = before.keys() | await self._store.list_twins(touched)
        after = {_key(item): item for item in await self._store.get_items(twins)}
        changes = [
            change
            for candidate, verdict in judge_items(item.candidate for item in after.values())
            for key in [(candidate.project, candidate.item_id)]
            for change in [Change(before.get(key, after[key]), after[key], verdict)]
            if change.is_change
        ]
        if not changes:
            return
        await self._store.save_verdicts({_key(one.after): one.verdict for one in changes})
        for change in changes:
            cause = causes.get(_key(change.after)) or sources.get(change.after.submitted.source_id)
            self._announce(change, cause or last)
        await self._count(changes, last)
        briefs = {
            (item.submitted.project, item.submitted.brief_id)
            for change in changes
            for item in (change.before, change.after)
            if item.submitted.brief_id is not None
        }
        await Commissioning(self._work).choose(briefs, cause=last)

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

    async def _count(self, changes: Sequence[Change], last: Received[Any]) -> None:
        moved = [
            part
            for change in changes
            for item, sign, verdict in (
                (change.before, -1, change.before.verdict),
                (change.after, 1, change.verdict),
            )
            if verdict.status == "accepted"
            for part in [(item.submitted.project, item.submitted.slices, sign)]
        ]
        if not moved:
            return
        await self._store.count_slices(moved)
        counts = await self._store.list_slice_counts({project for project, _, _ in moved})
        for project, slices in sorted(counts.items()):
            self._work.emit(measure_coverage(project, slices), cause=last)


def _key(item: StoredItem) -> ItemKey:
    return item.candidate.project, item.candidate.item_id
