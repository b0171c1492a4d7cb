"""Batches of tasks: planned again whenever something they depend on becomes known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from aidataops.events.annotation import ProjectDefined
from aidataops.events.feedback import RemediationApproved
from aidataops.events.quality import GoldenItemsDefined, ReviewRequested
from aidataops.events.sourcing import BriefFulfilled, ItemAccepted
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.capacity import Capacity
from annotation_intake.consequences import Consequences
from annotation_intake.domain.identity import (
    batch_of_brief,
    batch_of_remediation,
    digest_of,
)
from annotation_intake.domain.planning import (
    Plan,
    changed_tasks,
    definition_in_force,
    plan_batch,
)
from annotation_intake.reception import Judged, Reception
from annotation_intake.store.plans import BatchHead, BatchRequest, PlanStore
from annotation_intake.store.reports import ReportStore

_MORE_LABELS = ("more_overlap", "too_few_labels")
"""Reasons for a review that another label of tier 1 answers."""


class Planner:
    """Takes in what batches depend on and creates the tasks that have become possible."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = PlanStore(work.connection)

    async def define_projects(self, events: Sequence[Received[ProjectDefined]]) -> None:
        """A definition matters to batches asked for since, and to those that had none."""
        await self._store.lock_projects({event.payload.project for event in events})
        earliest: dict[tuple[str, int], tuple[ProjectDefined, Any, str]] = {}
        for event in events:
            dated = (event.payload, event.occurred_at, digest_of(event.payload))
            key = (event.payload.project, event.payload.revision)
            earliest[key] = min(earliest.get(key, dated), dated, key=lambda one: one[1:])
        written = await self._store.add_definitions(list(earliest.values()))
        await ReportStore(self._work.connection).touch({project for project, _ in written})
        await self._redefine({project for project, _ in written}, written, cause=events[-1])

    async def plan_under(self, projects: Collection[str], *, cause: Received[Any]) -> None:
        """Batches wait for their guideline to come into force; labels of old ones are stale.

        All batches: one that has tasks may have missed an item while its guideline was not in
        force, as when an earlier version that became known late made it a major one.
        """
        await self._replan(projects, lambda _: True, cause=cause)
        requests = await Consequences(self._work).relabel(projects, None, cause=cause)
        await self._request(requests, cause=cause)

    async def review_items(self, events: Sequence[Received[ReviewRequested]]) -> None:
        """Have items seen again that QA is not sure of, where their project has tiers."""
        await self._store.lock_projects({event.payload.project for event in events})
        wanted = {
            (asked.batch_id, asked.item_id, _kind_of_review(asked), annotator)
            for asked in (event.payload for event in events)
            for annotator in ("", *asked.excluded_annotators)
        }
        await self._store.add_reviews(wanted)
        await self._plan({event.payload.batch_id for event in events}, cause=events[-1])

    async def follow(self, judged: Judged, *, cause: Received[Any]) -> None:
        """Plan what follows from labels that were judged, and qualify who gave them."""
        await Capacity(self._work).requalify(judged.annotations.keys(), cause=cause)
        consequences = Consequences(self._work)
        disputed = await consequences.adjudicate(judged.reviews)
        await self._plan(disputed, cause=cause)
        await self._request(
            await consequences.relabel(judged.projects, judged.tasks, cause=cause), cause=cause
        )

    async def define_golden_items(self, events: Sequence[Received[GoldenItemsDefined]]) -> None:
        """Golden items are for batches asked for since, and for those that got none."""
        await self._store.lock_projects({event.payload.project for event in events})
        earliest: dict[tuple[str, str], tuple[str, Any, Any, str]] = {}
        for event in events:
            for item in event.payload.items:
                dated = (event.payload.project, item, event.occurred_at, digest_of(event.payload))
                key = (event.payload.project, item.item_id)
                earliest[key] = min(earliest.get(key, dated), dated, key=lambda one: one[2:])
        await self._store.add_golden_items(list(earliest.values()))
        since: dict[str, Any] = {}
        for project, _, time, _ in earliest.values():
            since[project] = min(since.get(project, time), time)
        await self._replan(
            since,
            lambda batch: batch.requested_at >= since[batch.project] or batch.golden_items == 0,
            cause=events[-1],
        )

    async def add_items(self, events: Sequence[Received[ItemAccepted]]) -> None:
        """Batches wait for the content of their items."""
        await self._store.lock_projects({event.payload.project for event in events})
        latest: dict[tuple[str, str], tuple[ItemAccepted, Any, str]] = {}
        for event in events:
            dated = (event.payload, event.occurred_at, digest_of(event.payload))
            key = (event.payload.project, event.payload.item_id)
            latest[key] = max(latest.get(key, dated), dated, key=lambda one: one[1:])
        await self._store.add_items(list(latest.values()))
        waiting = await self._store.list_batches_with([item for item, _, _ in latest.values()])
        await self._plan(waiting, cause=events[-1])

    async def label_sourced_items(self, events: Sequence[Received[BriefFulfilled]]) -> None:
        """The items of a fulfilled brief are one batch."""
        await self._request(
            [
                BatchRequest(
                    batch_of_brief(event.payload.project, event.payload.brief_id),
                    event.payload.project,
                    event.payload.remediation_id,
                    event.occurred_at,
                    event.payload.item_ids,
                )
                for event in events
            ],
            cause=events[-1],
        )

    async def label_named_items(self, events: Sequence[Received[RemediationApproved]]) -> None:
        """The items that a remediation names are one batch."""
        await self._request(
            [
                BatchRequest(
                    batch_of_remediation(event.payload.project, event.payload.remediation_id),
                    event.payload.project,
                    event.payload.remediation_id,
                    event.occurred_at,
                    event.payload.item_ids,
                )
                for event in events
                if event.payload.kind in ("annotate", "reannotate_cohort")
            ],
            cause=events[-1],
        )

    async def _request(self, requests: Sequence[BatchRequest], *, cause: Received[Any]) -> None:
        merged: dict[str, BatchRequest] = {}
        for request in sorted(requests, key=lambda one: one.requested_at):
            first = merged.get(request.batch_id, request)
            merged[request.batch_id] = BatchRequest(
                first.batch_id,
                first.project,
                first.remediation_id,
                first.requested_at,
                first.item_ids + request.item_ids,
                first.guideline_version,
            )
        wanted = [request for request in merged.values() if request.item_ids]
        if wanted:
            await self._store.lock_projects({request.project for request in wanted})
            await self._store.add_batches(wanted)
            await ReportStore(self._work.connection).touch({one.project for one in wanted})
            await self._plan({request.batch_id for request in wanted}, cause=cause)

    async def _redefine(
        self,
        projects: Collection[str],
        written: Collection[tuple[str, int]],
        *,
        cause: Received[Any],
    ) -> None:
        """Plan the batches whose definition in force is another one now, or was written anew."""
        knowledge = await self._store.get_knowledge(projects)

        def is_concerned(batch: BatchHead) -> bool:
            definition = definition_in_force(
                knowledge[batch.project].definitions, batch.requested_at
            )
            return definition is not None and (
                definition.revision != batch.definition_revision
                or (batch.project, definition.revision) in written
            )

        await self._replan(projects, is_concerned, cause=cause)

    async def _replan(
        self,
        projects: Collection[str],
        is_concerned: Callable[[BatchHead], bool],
        *,
        cause: Received[Any],
    ) -> None:
        heads = await self._store.list_heads(projects)
        await self._plan({head.batch_id for head in heads if is_concerned(head)}, cause=cause)

    async def _plan(self, batch_ids: Collection[str], *, cause: Received[Any]) -> None:
        if not batch_ids:
            return
        batches = await self._store.list_batches(batch_ids)
        knowledge = await self._store.get_knowledge({batch.project for batch in batches})
        planned = await self._store.get_planned_tasks(batch_ids)
        plans: dict[str, Plan] = {}
        for batch in batches:
            known = knowledge[batch.project]
            plan = plan_batch(
                batch,
                known.definitions,
                known.guidelines,
                known.golden,
                planned.hidden.get(batch.batch_id, ()),
            )
            if plan is not None:
                plans[batch.batch_id] = plan
        changed = changed_tasks(list(plans.values()), planned.digests)
        await self._store.save_plans(plans, {task.task_id for task in changed})
        for task in changed:
            self._work.emit(task, cause=cause)
        judged = await Reception(self._work).judge({task.task_id for task in changed}, last=cause)
        await self.follow(judged, cause=cause)


def _kind_of_review(asked: ReviewRequested) -> str:
    return "overlap" if asked.reason in _MORE_LABELS else "review"
