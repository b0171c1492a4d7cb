"""Coverage: the pool beside production, and the briefs that make good what is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    BriefProgressed,
    BriefWithdrawn,
    CoverageMeasured,
    ItemsRequested,
    ProductionSampled,
    ProductionWeightsSet,
)
from aidataops.messaging import Received, UnitOfWork
from sourcing.arrival import by_moment, latest
from sourcing.domain.briefs import open_deficits
from sourcing.domain.coverage import measure_coverage
from sourcing.store.briefs import BriefStore
from sourcing.store.coverage import CoverageStore
from sourcing.store.items import StoredItem
from sourcing.store.store import Moment


class Representation:
    """Measures coverage whenever the pool or the picture of production changes."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._coverage = CoverageStore(work.connection)
        self._briefs = BriefStore(work.connection)

    async def set_weights(self, events: Sequence[Received[ProductionWeightsSet]]) -> None:
        """Hold pools against the weights and floors that are set."""
        projects = {event.payload.project for event in events}
        await self._coverage.lock_projects(projects)
        chosen: dict[str, tuple[ProductionWeightsSet, Moment]] = {}
        for moment, event in by_moment(events):
            known = chosen.get(event.payload.project)
            if known is None or event.payload.revision > known[0].revision:
                chosen[event.payload.project] = (event.payload, moment)
        await self._coverage.save_weights(list(chosen.values()))
        await self._measure(projects, cause=events[-1])

    async def take_samples(self, events: Sequence[Received[ProductionSampled]]) -> None:
        """Hold pools against production as it is sampled."""
        projects = {event.payload.project for event in events}
        await self._coverage.lock_projects(projects)
        windows = latest(events, lambda sampled: (sampled.project, sampled.window))
        await self._coverage.save_samples(
            [(event.payload, moment) for moment, event in windows.values()]
        )
        await self._measure(projects, cause=events[-1])

    async def count(
        self, moved: Collection[tuple[StoredItem, int]], *, cause: Received[Any]
    ) -> None:
        """Items came into the pool (1) or left it (-1)."""
        if not moved:
            return
        await self._coverage.count(
            (item.submitted.project, item.submitted.slices, sign) for item, sign in moved
        )
        await self._measure({item.submitted.project for item, _ in moved}, cause=cause)

    async def _measure(self, projects: Collection[str], *, cause: Received[Any]) -> None:
        counts = await self._coverage.list_counts(projects)
        production = await self._coverage.get_production(projects)
        measured = []
        for project, slices in sorted(counts.items()):
            known = production[project].production if project in production else None
            measured.append(measure_coverage(project, slices, known))
            self._work.emit(measured[-1], cause=cause)
        if production:
            times = {project: known.since for project, known in production.items()}
            await self._ask(measured, times, cause=cause)

    async def _ask(
        self,
        measured: Sequence[CoverageMeasured],
        times: Mapping[str, datetime],
        *,
        cause: Received[Any],
    ) -> None:
        """Open, move on and close the briefs that coverage asks for."""
        wanted = {brief.brief_id: brief for one in measured for brief in open_deficits(one)}
        stored = await self._briefs.get(times, origin="coverage")
        known = {brief.opened.brief_id: brief.opened for brief in stored}
        asked = list(wanted.values())
        await self._briefs.save_deficits(asked, [times[brief.project] for brief in asked])
        for brief in asked:
            self._tell(brief, known.get(brief.brief_id), cause=cause)
        await self._close([one for name, one in known.items() if name not in wanted], cause=cause)

    def _tell(
        self, brief: BriefOpened, before: BriefOpened | None, *, cause: Received[Any]
    ) -> None:
        if before is None:
            self._work.emit(brief, cause=cause)
        elif brief.quota != before.quota:
            self._work.emit(
                BriefProgressed(
                    brief_id=brief.brief_id,
                    project=brief.project,
                    quota=max(brief.quota, before.quota),
                    items=max(0, before.quota - brief.quota),
                    from_pool=0,
                    missing=brief.quota,
                ),
                cause=cause,
            )
        if before is None or brief.quota > before.quota:
            self._work.emit(
                ItemsRequested(
                    brief_id=brief.brief_id,
                    project=brief.project,
                    slices=brief.slices,
                    missing=brief.quota,
                ),
                cause=cause,
            )

    async def _close(self, briefs: Sequence[BriefOpened], *, cause: Received[Any]) -> None:
        """The pool has what these asked for: through items that answered, or without them."""
        if not briefs:
            return
        names = [brief.brief_id for brief in briefs]
        answers = await self._briefs.list_answers(names)
        await self._briefs.drop(names)
        for brief in briefs:
            items = answers[brief.brief_id]
            if items:
                self._work.emit(
                    BriefFulfilled(
                        brief_id=brief.brief_id,
                        project=brief.project,
                        slices=brief.slices,
                        item_ids=tuple(items),
                    ),
                    cause=cause,
                )
            else:
                reason = "the pool is no longer short of these slices"
                self._work.emit(
                    BriefWithdrawn(brief_id=brief.brief_id, project=brief.project, reason=reason),
                    cause=cause,
                )
