"""Standards, tasks and labels."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    ProjectDefined,
    TaskCompleted,
    TaskCreated,
    VendorScored,
)
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import annotation
from lineage.domain.naming import annotator_node
from lineage.flagging import Flagging
from lineage.handlers.registry import handlers
from lineage.publishing import Publisher
from lineage.store import ContentStore, DecisionStore, GraphStore, MembershipStore, Reach


@handlers.on(GuidelinePublished)
async def on_guideline_published(
    events: Sequence[Received[GuidelinePublished]], work: UnitOfWork
) -> None:
    """A guideline version and who signed it."""
    await GraphStore(work.connection).describe(events, annotation.guideline_published)
    await Flagging(work).judge(events[-1], [event.payload.project for event in events])


@handlers.on(TaskCreated)
async def on_task_created(events: Sequence[Received[TaskCreated]], work: UnitOfWork) -> None:
    """A task, its item and its batch."""
    await GraphStore(work.connection).describe(events, annotation.task_created)


@handlers.on(TaskCompleted)
async def on_task_completed(events: Sequence[Received[TaskCompleted]], work: UnitOfWork) -> None:
    """A task that has its labels."""
    await GraphStore(work.connection).describe(events, annotation.task_completed)


@handlers.on(LabelAccepted)
async def on_label_accepted(events: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
    """A label and who gave it."""
    await GraphStore(work.connection).describe(events, annotation.label_accepted)
    reaches = [labelled(event.payload) for event in events]
    await MembershipStore(work.connection).add_reaches(reaches)
    await Flagging(work).reached(events[-1], [reach.id for reach in reaches])
    if any(event.payload.withdrawn or event.payload.revision > 1 for event in events):
        await Flagging(work).judge(events[-1], {event.payload.vendor for event in events})
    await ContentStore(work.connection).forget_texts(
        item_ids=[event.payload.item_id for event in events]
    )


@handlers.on(VendorScored)
async def on_vendor_scored(events: Sequence[Received[VendorScored]], work: UnitOfWork) -> None:
    """How fast and how dear a vendor is, for scorecards."""
    await GraphStore(work.connection).describe(events, annotation.vendor_scored)


@handlers.on(ProjectDefined)
async def on_project_defined(events: Sequence[Received[ProjectDefined]], work: UnitOfWork) -> None:
    """Who may publish, and where to."""
    await DecisionStore(work.connection).add_projects(event.payload for event in events)
    projects = [event.payload.project for event in events]
    await ContentStore(work.connection).forget_texts(projects=projects)
    await Publisher(work).settle(events[-1], projects=projects)


def labelled(label: LabelAccepted) -> Reach:
    """What an annotator has reached with a label; withdrawing it does not undo that."""
    annotator = annotator_node(label.vendor, label.annotator).id
    return Reach("annotator", annotator, label.cohort, label.item_id)
