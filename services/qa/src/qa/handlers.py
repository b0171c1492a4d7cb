"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.annotation import LabelAccepted, ProjectDefined, TaskCreated
from aidataops.events.quality import GoldenItemsDefined
from aidataops.messaging import Handlers, Received, UnitOfWork
from qa.assessment import Assessor

handlers = Handlers()


@handlers.on(ProjectDefined)
async def on_project_defined(
    definitions: Sequence[Received[ProjectDefined]], work: UnitOfWork
) -> None:
    """A floor is set: all batches of the project are held against it."""
    await Assessor(work).take_projects(definitions)


@handlers.on(GoldenItemsDefined)
async def on_golden_items_defined(
    definitions: Sequence[Received[GoldenItemsDefined]], work: UnitOfWork
) -> None:
    """Answers are known: labels of these items are scored."""
    await Assessor(work).take_golden_items(definitions)


@handlers.on(TaskCreated)
async def on_task_created(tasks: Sequence[Received[TaskCreated]], work: UnitOfWork) -> None:
    """A batch grows, and may be complete by this: labels can be here before their task."""
    await Assessor(work).take_tasks(tasks)


@handlers.on(LabelAccepted)
async def on_label_accepted(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
    """A label is new, changed or withdrawn: its annotator and its batch are looked at."""
    await Assessor(work).take_labels(labels)
