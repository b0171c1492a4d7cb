"""Briefs: opened by an approved remediation, fulfilled by accepted items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import BriefFulfilled
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import by_moment
from sourcing.domain.briefs import open_brief
from sourcing.store import SourcingStore


class Commissioning:
    """Opens briefs and says which items fulfil them."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = SourcingStore(work.connection)

    async def open_briefs(self, events: Sequence[Received[RemediationApproved]]) -> None:
        """Open a brief for every ``source_items`` remediation; items may be waiting for it."""
        latest = {
            brief.brief_id: (brief, moment, event)
            for moment, event in by_moment(events)
            if event.payload.kind == "source_items"
            for brief in [open_brief(event.payload)]
        }
        if not latest:
            return
        await self._store.lock_projects({brief.project for brief, _, _ in latest.values()})
        written = await self._store.add_briefs(
            [(brief, moment) for brief, moment, _ in latest.values()]
        )
        for brief_id in sorted(written):
            brief, _, event = latest[brief_id]
            self._work.emit(brief, cause=event)
        await self.choose(
            {(latest[brief_id][0].project, brief_id) for brief_id in written}, cause=events[-1]
        )

    async def choose(self, briefs: Collection[tuple[str, str]], *, cause: Received[Any]) -> None:
        """Choose again for briefs, given by project and id, and say what changed.

        An item of another project does not count, whatever brief it names.
        """
        if not briefs:
            return
        known = await self._store.list_briefs({brief_id for _, brief_id in briefs})
        changed = [
            brief
            for brief in known
            if brief.choice != brief.chosen
            and (brief.opened.project, brief.opened.brief_id) in briefs
        ]
        if not changed:
            return
        await self._store.save_choices(changed)
        for brief in changed:
            if brief.choice is not None:
                self._work.emit(
                    BriefFulfilled(
                        **brief.opened.model_dump(exclude={"quota"}), item_ids=brief.choice
                    ),
                    cause=cause,
                )
