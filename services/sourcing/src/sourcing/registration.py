"""Sources: judged under the policy, let in or stopped by their Accountable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from aidataops.errors import InvalidError
from aidataops.events.annotation import ProjectDefined
from aidataops.events.governance import PolicyChanged, SourceDecided
from aidataops.events.sourcing import (
    SourceHeld,
    SourceRegistered,
    SourceSubmitted,
    SourceSuspended,
)
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import by_moment, earliest
from sourcing.band_index import BandIndex
from sourcing.domain.policy import SUBJECT, read_policy
from sourcing.domain.sources import SourceStanding, judge_source
from sourcing.judging import Judging
from sourcing.store.items import ItemStore
from sourcing.store.sources import SourceStore
from sourcing.store.store import ItemKey

PAGE = 1000
"""Items of a source that are judged at once: a suspended one may have a million."""

Causes = Mapping[str, Received[Any]]
"""The event that concerns a source."""


class Registration:
    """Keeps where sources stand, and has their items judged again when that changes."""

    def __init__(self, work: UnitOfWork, index: BandIndex) -> None:
        self._work = work
        self._index = index
        self._store = SourceStore(work.connection)
        self._items = ItemStore(work.connection)

    async def take_sources(self, events: Sequence[Received[SourceSubmitted]]) -> None:
        """Judge proposed sources, and the items that waited for them."""
        first = earliest(events, lambda source: source.source_id)
        await self._store.share_rules()
        await self._store.lock_sources(first)
        written = await self._store.add(
            [(event.payload, moment) for moment, event in first.values()]
        )
        causes = {source_id: event for source_id, (_, event) in first.items()}
        await self._settle(written, causes, last=events[-1], told=written)

    async def decide(self, events: Sequence[Received[SourceDecided]]) -> None:
        """Let in, refuse or suspend sources; raises ``InvalidError`` for anybody else."""
        for event in events:
            if event.payload.role != "accountable":
                raise InvalidError(
                    f"role: is {event.payload.role!r}; the Accountable of the project decides",
                    source_id=event.payload.subject,
                )
        causes = {event.payload.subject: event for _, event in by_moment(events)}
        await self._store.share_rules()
        await self._store.lock_decisions({event.payload.project for event in events})
        await self._store.lock_sources(causes)
        await self._store.add_decisions([event.payload for event in events])
        await self._settle(causes, causes, last=events[-1])

    async def change_policy(self, events: Sequence[Received[PolicyChanged]]) -> None:
        """Judge every source by another policy; raises ``InvalidError`` for one that is none."""
        ours = [one for one in by_moment(events) if one[1].payload.subject == SUBJECT]
        if not ours:
            return
        for _, event in ours:
            read_policy(event.payload.document)
        moment, event = ours[-1]
        await self._store.lock_rules()
        if await self._store.save_policy(event.payload, moment):
            await self._settle(await self._store.list_all(), {}, last=event)

    async def appoint(self, events: Sequence[Received[ProjectDefined]]) -> None:
        """Take note of who is accountable; what they decided counts from now on."""
        projects = {event.payload.project for event in events}
        await self._store.share_rules()
        await self._store.lock_decisions(projects)
        sources = await self._store.list_decided(projects)
        await self._store.lock_sources(sources)
        await self._store.lock_projects(projects | await self._store.list_projects_of(sources))
        changed = await self._store.add_accountables([event.payload for event in events])
        await self._settle(sources, {}, last=events[-1])
        await self._judge(await self._items.list_released(changed), {}, last=events[-1])

    async def _settle(
        self,
        sources: Collection[str],
        causes: Causes,
        *,
        last: Received[Any],
        told: Collection[str] = (),
    ) -> None:
        """Judge sources; announces those that changed, and those to be ``told`` of anyway."""
        policy = await self._store.get_policy()
        known = await self._store.get(sources)
        standings = {
            source.submitted.source_id: judge_source(
                source.submitted.kind,
                source.submitted.provenance,
                policy,
                source.decision,
                source.decided_because,
            )
            for source in known
        }
        changed = [
            source
            for source in known
            if source.submitted.source_id in told
            or source.standing != standings[source.submitted.source_id]
        ]
        if not changed:
            return
        names = {source.submitted.source_id: source for source in changed}
        await self._store.lock_projects(await self._store.list_projects_of(names))
        await self._store.save_standings({name: standings[name] for name in names})
        for name, source in names.items():
            self._announce(source.submitted, standings[name], causes.get(name, last))
        licences = {name: source.standing.licence for name, source in names.items()}
        items = await self._store.list_items_of(names)
        await self._judge(items, causes, licences=licences, last=last)

    async def _judge(
        self,
        items: Collection[ItemKey],
        causes: Causes,
        *,
        last: Received[Any],
        licences: Mapping[str, str | None] | None = None,
    ) -> None:
        """Judge items again, a page at a time; ``licences`` are those that their sources had."""
        rest = iter(items)
        while page := list(islice(rest, PAGE)):
            before = {
                key: item.under(licences[item.candidate.source_id]) if licences else item
                for key, item in (await self._items.get(page)).items()
            }
            await Judging(self._work, self._index).judge(
                page,
                before,
                causes=lambda item: causes.get(item.candidate.source_id, last),
                last=last,
            )

    def _announce(
        self, submitted: SourceSubmitted, standing: SourceStanding, cause: Received[Any]
    ) -> None:
        name, project = submitted.source_id, submitted.project
        if standing.gate is None or standing.reason is None:
            self._work.emit(SourceRegistered(**dict(submitted)), cause=cause)
        elif standing.status == "suspended":
            self._work.emit(
                SourceSuspended(source_id=name, project=project, reason=standing.reason),
                cause=cause,
            )
        else:
            self._work.emit(
                SourceHeld(
                    source_id=name,
                    project=project,
                    gate=standing.gate,
                    reason=standing.reason,
                    approvable=standing.approvable,
                ),
                cause=cause,
            )
