"""Guideline versions: into force, or refused with what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aidataops.events.annotation import (
    GuidelineFlagged,
    GuidelineProposed,
    GuidelinePublished,
    GuidelineRefused,
)
from aidataops.events.governance import ResponsibilityAssigned, StandardChanged
from aidataops.events.quality import AgreementMeasured
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.domain.guidelines import (
    Publication,
    Refusal,
    judge_publications,
    successions,
)
from annotation_intake.domain.identity import digest_of
from annotation_intake.planner import Planner
from annotation_intake.store.guidelines import GuidelineStore
from annotation_intake.store.reports import ReportStore


class Guidance:
    """Takes in what guideline versions depend on and judges them again when any of it changes."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = GuidelineStore(work.connection)

    async def propose(self, events: Sequence[Received[GuidelineProposed]]) -> None:
        """Learn who wrote a version, and its sections."""
        await self._store.lock_projects({event.payload.project for event in events})
        await self._store.add_proposals(
            {digest_of(event.payload): (event.payload, event.occurred_at) for event in events}
        )
        await self.settle({event.payload.project for event in events}, cause=events[-1])

    async def publish(self, events: Sequence[Received[GuidelinePublished]]) -> None:
        """Bring versions into force, or refuse them."""
        await self._store.lock_projects({event.payload.project for event in events})
        first: dict[str, Received[GuidelinePublished]] = {}
        for event in sorted(events, key=lambda event: event.occurred_at):
            first.setdefault(digest_of(event.payload), event)
        await self._store.add_publications(
            {digest: (event.payload, event.occurred_at) for digest, event in first.items()}
        )
        await self.settle({event.payload.project for event in events}, cause=events[-1])

    async def assign(self, events: Sequence[Received[ResponsibilityAssigned]]) -> None:
        """Learn who is Consulted on guidelines."""
        await self._store.lock_projects({event.payload.subject for event in events})
        await self._store.add_responsibilities([event.payload for event in events])
        await self.settle({event.payload.subject for event in events}, cause=events[-1])

    async def flag(self, events: Sequence[Received[GuidelineFlagged]]) -> None:
        """Count what people find missing or ambiguous in a section."""
        await self._store.add_flags([(event.payload, event.occurred_at) for event in events])

    async def set_standards(self, events: Sequence[Received[StandardChanged]]) -> None:
        """Learn the floor that calibrations and growth are held to."""
        await self._store.lock_projects({event.payload.subject for event in events})
        await self._store.add_standards([event.payload for event in events])
        await self.settle({event.payload.subject for event in events}, cause=events[-1])

    async def measure(self, events: Sequence[Received[AgreementMeasured]]) -> None:
        """Learn how well people agree; a calibration may have waited for it."""
        kept = [event for event in events if event.payload.scope in ("project", "batch", "cohort")]
        if not kept:
            return
        projects = {event.payload.project for event in kept}
        await self._store.lock_projects(projects)
        await self._store.add_agreements([(event.payload, event.occurred_at) for event in kept])
        await ReportStore(self._work.connection).touch(projects)
        await self.settle(projects, cause=kept[-1])

    async def settle(self, projects: Collection[str], *, cause: Received[Any]) -> None:
        """Judge the publications of projects whose lock is held, and tell what changed."""
        for project in sorted(projects):
            publications, known = await self._store.list_publications(project)
            if not publications:
                continue
            calibration = await self._store.get_calibration(project, self._work.now)
            verdicts = judge_publications(publications, calibration)
            await self._announce_refusals(project, publications, verdicts, known, cause)
            in_force = [one for one in publications if verdicts[one.digest] is None]
            versions = {one.guideline_version for one in in_force}
            if await self._store.save_in_force(project, versions, successions(in_force)):
                await Planner(self._work).plan_under({project}, cause=cause)

    async def _announce_refusals(
        self,
        project: str,
        publications: Sequence[Publication],
        verdicts: dict[str, Refusal | None],
        known: dict[str, tuple[str, str] | None],
        cause: Received[Any],
    ) -> None:
        changed = []
        for one in publications:
            refusal = verdicts[one.digest]
            if (refusal and (refusal.field, refusal.reason)) == known[one.digest]:
                continue
            changed.append((one, refusal))
            if refusal is not None:
                self._work.emit(_refused(project, one, refusal), cause=cause)
        if changed:
            await self._store.save_refusals(project, changed)


def _refused(project: str, one: Publication, refusal: Refusal) -> GuidelineRefused:
    return GuidelineRefused(
        project=project,
        guideline_version=one.guideline_version,
        signed_off_by=one.signed_off_by,
        field=refusal.field,
        value=refusal.value,
        valid=refusal.valid,
        reason=refusal.reason,
    )
