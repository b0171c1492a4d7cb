"""Briefs of remediations: filled from the pool first, then by those who are asked for items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from aidataops.events.annotation import TaskCreated
from aidataops.events.feedback import RemediationApproved, RemediationRequested
from aidataops.events.lineage import VersionRegistered
from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefProgressed,
    ItemsRequested,
    ItemSubmitted,
)
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import by_moment, latest
from sourcing.domain.briefs import Choice, choose, open_brief
from sourcing.store.briefs import BriefStore, StoredBrief
from sourcing.store.store import ItemKey


class Commissioning:
    """Opens briefs and says which items fulfil them."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = BriefStore(work.connection)

    async def open_briefs(self, events: Sequence[Received[RemediationApproved]]) -> None:
        """Open a brief for every ``source_items`` remediation; items may be there already."""
        approved = {
            brief.brief_id: (brief, moment, event)
            for moment, event in by_moment(events)
            if event.payload.kind == "source_items"
            for brief in [open_brief(event.payload)]
        }
        if not approved:
            return
        projects = {brief.project for brief, _, _ in approved.values()}
        await self._store.lock_projects(projects)
        written = await self._store.add([(brief, moment) for brief, moment, _ in approved.values()])
        for brief in await self._store.get(projects, written):
            self._work.emit(brief.opened, cause=approved[brief.opened.brief_id][2])
        if written:
            await self._fill(projects, cause=events[-1], opened=written)

    async def rank(self, events: Sequence[Received[RemediationRequested]]) -> None:
        """Take note of how urgent the work is; says so again where a brief is open already."""
        requests = latest(events, lambda request: request.remediation_id)
        await self._store.lock_projects({event.payload.project for event in events})
        changed = await self._store.add_requests(
            [(event.payload, moment) for moment, event in requests.values()]
        )
        known = await self._store.list_of_remediations(changed)
        for brief in await self._store.get(
            {project for _, project in known}, {brief_id for brief_id, _ in known}
        ):
            self._work.emit(brief.opened, cause=events[-1])

    async def note_tasks(self, events: Sequence[Received[TaskCreated]]) -> None:
        """Items that are being labelled are no longer to be had from the pool."""
        await self._note_uses(
            [((one.payload.project, one.payload.item_id), one.occurred_at) for one in events],
            cause=events[-1],
        )

    async def note_rows(self, events: Sequence[Received[VersionRegistered]]) -> None:
        """Items that are in a dataset version are no longer to be had from the pool."""
        await self._note_uses(
            [
                ((event.payload.project, row.item_id), event.occurred_at)
                for event in events
                for row in event.payload.rows
            ],
            cause=events[-1],
        )

    async def reconsider(
        self,
        items: Sequence[ItemSubmitted],
        submitted: Sequence[datetime],
        *,
        cause: Received[Any],
    ) -> None:
        """Items came into the pool or left it: choose again where that makes a difference."""
        named = {(item.project, item.brief_id) for item in items if item.brief_id is not None}
        free = [
            (item.project, item.slices, time)
            for item, time in zip(items, submitted, strict=True)
            if item.brief_id is None
        ]
        projects = await self._store.list_rivals(free) if free else set()
        await self._fill(projects, cause=cause)
        await self._answer({one for one in named if one[0] not in projects}, cause=cause)

    async def _note_uses(
        self, uses: Collection[tuple[ItemKey, datetime]], *, cause: Received[Any]
    ) -> None:
        first: dict[ItemKey, datetime] = {}
        for key, time in uses:
            first[key] = min(first.get(key, time), time)
        await self._store.lock_projects({project for project, _ in first})
        changed = await self._store.add_uses(first)
        await self._fill(await self._store.list_shortened(changed), cause=cause)

    async def _answer(self, named: Collection[tuple[str, str]], *, cause: Received[Any]) -> None:
        """Items that name these briefs (project and id) moved; what the pool gave stays."""
        if not named:
            return
        names = {brief_id for _, brief_id in named}
        briefs = await self._store.get({project for project, _ in named}, names, "remediation")
        answers = await self._store.list_answers(names)
        choices = {}
        for one in briefs:
            pool = one.choice.from_pool
            rest = answers[one.opened.brief_id][: one.opened.quota - pool]
            choices[one.opened.brief_id] = Choice((*one.choice.item_ids[:pool], *rest), pool)
        await self._save(briefs, choices, cause=cause)

    async def _fill(
        self, projects: Collection[str], *, cause: Received[Any], opened: Collection[str] = ()
    ) -> None:
        """Share the pool and the answers out to all briefs of these projects again."""
        if not projects:
            return
        briefs = await self._store.get(projects, origin="remediation")
        candidates = await self._store.list_candidates([one.opened.brief_id for one in briefs])
        quotas = [(one.opened.brief_id, one.opened.quota) for one in briefs]
        await self._save(briefs, choose(quotas, candidates), cause=cause, opened=opened)

    async def _save(
        self,
        briefs: Sequence[StoredBrief],
        choices: Mapping[str, Choice],
        *,
        cause: Received[Any],
        opened: Collection[str] = (),
    ) -> None:
        changed = {
            one.opened.brief_id: choices[one.opened.brief_id]
            for one in briefs
            if one.choice != choices[one.opened.brief_id]
        }
        if changed:
            await self._store.save_choices(changed)
        for one in briefs:
            name = one.opened.brief_id
            if name in changed or name in opened:
                self._tell(one, choices[name], is_new=name in opened, cause=cause)

    def _tell(
        self, brief: StoredBrief, choice: Choice, *, is_new: bool, cause: Received[Any]
    ) -> None:
        opened, items = brief.opened, len(choice.item_ids)
        missing = opened.quota - items
        if brief.choice != choice:
            self._work.emit(
                BriefProgressed(
                    brief_id=opened.brief_id,
                    project=opened.project,
                    remediation_id=opened.remediation_id,
                    quota=opened.quota,
                    items=items,
                    from_pool=choice.from_pool,
                    missing=missing,
                ),
                cause=cause,
            )
        if missing == 0:
            self._work.emit(
                BriefFulfilled(
                    brief_id=opened.brief_id,
                    project=opened.project,
                    remediation_id=opened.remediation_id,
                    slices=opened.slices,
                    item_ids=choice.item_ids,
                ),
                cause=cause,
            )
        elif is_new or items < len(brief.choice.item_ids):
            self._work.emit(
                ItemsRequested(
                    brief_id=opened.brief_id,
                    project=opened.project,
                    slices=opened.slices,
                    missing=missing,
                    due_at=opened.due_at,
                ),
                cause=cause,
            )
