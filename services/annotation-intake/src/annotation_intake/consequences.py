"""What follows from labels as they stand: other tasks, and labels that no longer count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from aidataops.events.annotation import LabelsStale
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.domain.identity import batch_of_guideline
from annotation_intake.store.guidelines import GuidelineStore, StaleLabel
from annotation_intake.store.plans import BatchRequest, PlanStore

PART = 1000
"""Labels in one event."""


class Consequences:
    """Lists stale labels, and finds the batches that are to be planned or asked for."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._plans = PlanStore(work.connection)
        self._guidelines = GuidelineStore(work.connection)

    async def adjudicate(self, reviews: Collection[str]) -> set[str]:
        """The batches with items whose reviewer agrees with nobody; ``reviews`` are task ids."""
        return await self._plans.add_adjudications(reviews) if reviews else set()

    async def relabel(
        self, projects: Collection[str], tasks: Collection[str] | None, *, cause: Received[Any]
    ) -> list[BatchRequest]:
        """List labels that a major version made stale; what asks for their items again.

        ``tasks`` are those that may have changed, ``None`` for all of the projects.
        """
        if not await self._guidelines.has_superseded(projects):
            return []
        by_version: dict[tuple[str, str, str], list[StaleLabel]] = defaultdict(list)
        for label in await self._guidelines.take_stale_labels(projects, tasks):
            key = (label.project, label.guideline_version, label.superseded_by)
            by_version[key].append(label)
        for (project, version, by), labels in sorted(by_version.items()):
            for start in range(0, len(labels), PART):
                part = labels[start : start + PART]
                self._work.emit(_stale(project, version, by, part), cause=cause)
        relabelled = await self._guidelines.list_items_to_relabel(projects, tasks)
        return [
            BatchRequest(
                batch_of_guideline(project, by), project, None, since, tuple(sorted(items)), by
            )
            for (project, by, since), items in sorted(relabelled.items())
        ]


def _stale(project: str, version: str, by: str, labels: Sequence[StaleLabel]) -> LabelsStale:
    return LabelsStale(
        project=project,
        guideline_version=version,
        superseded_by=by,
        label_ids=tuple(label.label_id for label in labels),
        item_ids=tuple(dict.fromkeys(label.item_id for label in labels)),
    )
