"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.annotation import (
    GuidelinePublished,
    LabelsReconciled,
    LabelSubmitted,
    LabelsWithdrawn,
    ProjectDefined,
)
from aidataops.events.feedback import RemediationApproved
from aidataops.events.quality import AnnotatorSuspended, GoldenItemsDefined
from aidataops.events.sourcing import BriefFulfilled, ItemAccepted
from aidataops.messaging import Handlers, Received, UnitOfWork
from annotation_intake.planner import Planner
from annotation_intake.reception import Reception
from annotation_intake.retraction import Retraction

handlers = Handlers()


@handlers.on(ProjectDefined)
async def on_project_defined(
    projects: Sequence[Received[ProjectDefined]], work: UnitOfWork
) -> None:
    """Learn what labels of a project may be."""
    await Planner(work).define_projects(projects)


@handlers.on(GuidelinePublished)
async def on_guideline_published(
    guidelines: Sequence[Received[GuidelinePublished]], work: UnitOfWork
) -> None:
    """Let batches go out that waited for a signature."""
    await Planner(work).publish_guidelines(guidelines)


@handlers.on(GoldenItemsDefined)
async def on_golden_items_defined(
    golden_items: Sequence[Received[GoldenItemsDefined]], work: UnitOfWork
) -> None:
    """Have golden items to hide in batches."""
    await Planner(work).define_golden_items(golden_items)


@handlers.on(ItemAccepted)
async def on_item_accepted(items: Sequence[Received[ItemAccepted]], work: UnitOfWork) -> None:
    """Learn what items hold."""
    await Planner(work).add_items(items)


@handlers.on(BriefFulfilled)
async def on_brief_fulfilled(briefs: Sequence[Received[BriefFulfilled]], work: UnitOfWork) -> None:
    """Have newly sourced items labelled."""
    await Planner(work).label_sourced_items(briefs)


@handlers.on(RemediationApproved)
async def on_remediation_approved(
    remediations: Sequence[Received[RemediationApproved]], work: UnitOfWork
) -> None:
    """Have the items labelled that a remediation names."""
    await Planner(work).label_named_items(remediations)


@handlers.on(LabelSubmitted)
async def on_label_submitted(labels: Sequence[Received[LabelSubmitted]], work: UnitOfWork) -> None:
    """Take vendors' labels, or say why not."""
    await Reception(work).take_labels(labels)


@handlers.on(LabelsWithdrawn)
async def on_labels_withdrawn(
    withdrawals: Sequence[Received[LabelsWithdrawn]], work: UnitOfWork
) -> None:
    """Take back what a vendor has deleted."""
    await Retraction(work).withdraw(withdrawals)


@handlers.on(LabelsReconciled)
async def on_labels_reconciled(
    exports: Sequence[Received[LabelsReconciled]], work: UnitOfWork
) -> None:
    """Take back what is not in a vendor's export."""
    await Retraction(work).reconcile(exports)


@handlers.on(AnnotatorSuspended)
async def on_annotator_suspended(
    annotators: Sequence[Received[AnnotatorSuspended]], work: UnitOfWork
) -> None:
    """Take nothing more of annotators who lost the test against golden items."""
    await Reception(work).suspend_annotators(annotators)
