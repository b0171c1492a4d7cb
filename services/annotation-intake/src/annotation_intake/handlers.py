"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.erasure import tell_erased
from aidataops.events.annotation import (
    CapacityRequested,
    CostReported,
    GuidelineFlagged,
    GuidelineProposed,
    GuidelinePublished,
    LabelsReconciled,
    LabelSubmitted,
    LabelsWithdrawn,
    PoolDefined,
    ProjectDefined,
    WorkRequested,
)
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationRequested,
)
from aidataops.events.governance import ResponsibilityAssigned, StandardChanged
from aidataops.events.lineage import ErasureRequested
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorSuspended,
    GoldenItemsDefined,
    GoldenScored,
    ReviewRequested,
)
from aidataops.events.sourcing import BriefFulfilled, ItemAccepted
from aidataops.messaging import Handlers, Received, UnitOfWork
from annotation_intake.assignment import Assignment
from annotation_intake.capacity import Capacity
from annotation_intake.guidance import Guidance
from annotation_intake.planner import Planner
from annotation_intake.reception import Reception
from annotation_intake.retraction import Retraction
from annotation_intake.store.erasures import ErasureStore

handlers = Handlers()


@handlers.on(ProjectDefined)
async def on_project_defined(
    projects: Sequence[Received[ProjectDefined]], work: UnitOfWork
) -> None:
    """Learn what labels of a project may be."""
    await Planner(work).define_projects(projects)
    names = {one.payload.project for one in projects}
    await Guidance(work).settle(names, cause=projects[-1])
    await Capacity(work).judge_requests(names, cause=projects[-1])


@handlers.on(GuidelinePublished)
async def on_guideline_published(
    guidelines: Sequence[Received[GuidelinePublished]], work: UnitOfWork
) -> None:
    """Let batches go out that waited for a signature, or refuse it."""
    await Guidance(work).publish(guidelines)


@handlers.on(GuidelineProposed)
async def on_guideline_proposed(
    drafts: Sequence[Received[GuidelineProposed]], work: UnitOfWork
) -> None:
    """Learn who wrote a guideline."""
    await Guidance(work).propose(drafts)


@handlers.on(GuidelineFlagged)
async def on_guideline_flagged(
    flags: Sequence[Received[GuidelineFlagged]], work: UnitOfWork
) -> None:
    """Count the flags of each section."""
    await Guidance(work).flag(flags)


@handlers.on(ResponsibilityAssigned)
async def on_responsibility_assigned(
    assigned: Sequence[Received[ResponsibilityAssigned]], work: UnitOfWork
) -> None:
    """Learn who may sign guidelines off."""
    await Guidance(work).assign(assigned)


@handlers.on(StandardChanged)
async def on_standard_changed(
    changes: Sequence[Received[StandardChanged]], work: UnitOfWork
) -> None:
    """Hold calibrations and growth to the new floor."""
    await Guidance(work).set_standards(changes)
    projects = {one.payload.subject for one in changes}
    await Capacity(work).judge_requests(projects, cause=changes[-1])


@handlers.on(AgreementMeasured)
async def on_agreement_measured(
    measurements: Sequence[Received[AgreementMeasured]], work: UnitOfWork
) -> None:
    """Know how well a calibration round went, and whether a pool may grow."""
    await Guidance(work).measure(measurements)
    projects = {one.payload.project for one in measurements}
    await Capacity(work).judge_requests(projects, cause=measurements[-1])


@handlers.on(ReviewRequested)
async def on_review_requested(
    reviews: Sequence[Received[ReviewRequested]], work: UnitOfWork
) -> None:
    """Have somebody else look at an item."""
    await Planner(work).review_items(reviews)


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


@handlers.on(WorkRequested)
async def on_work_requested(requests: Sequence[Received[WorkRequested]], work: UnitOfWork) -> None:
    """Give people tasks, or say why there are none."""
    await Assignment(work).answer(requests)


@handlers.on(LabelSubmitted)
async def on_label_submitted(labels: Sequence[Received[LabelSubmitted]], work: UnitOfWork) -> None:
    """Take vendors' labels, or say why not."""
    judged = await Reception(work).take_labels(labels)
    await Planner(work).follow(judged, cause=labels[-1])


@handlers.on(LabelsWithdrawn)
async def on_labels_withdrawn(
    withdrawals: Sequence[Received[LabelsWithdrawn]], work: UnitOfWork
) -> None:
    """Take back what a vendor has deleted."""
    judged = await Retraction(work).withdraw(withdrawals)
    await Planner(work).follow(judged, cause=withdrawals[-1])


@handlers.on(LabelsReconciled)
async def on_labels_reconciled(
    exports: Sequence[Received[LabelsReconciled]], work: UnitOfWork
) -> None:
    """Take back what is not in a vendor's export."""
    judged = await Retraction(work).reconcile(exports)
    await Planner(work).follow(judged, cause=exports[-1])


@handlers.on(AnnotatorSuspended)
async def on_annotator_suspended(
    annotators: Sequence[Received[AnnotatorSuspended]], work: UnitOfWork
) -> None:
    """Take nothing more of annotators who lost the test against golden items."""
    judged = await Reception(work).suspend_annotators(annotators)
    await Assignment(work).release(annotators)
    await Planner(work).follow(judged, cause=annotators[-1])


@handlers.on(PoolDefined)
async def on_pool_defined(pools: Sequence[Received[PoolDefined]], work: UnitOfWork) -> None:
    """Learn who works when, and how fast."""
    await Capacity(work).define_pools(pools)


@handlers.on(CapacityRequested)
async def on_capacity_requested(
    requests: Sequence[Received[CapacityRequested]], work: UnitOfWork
) -> None:
    """Let pools grow whose project agrees."""
    await Capacity(work).request(requests)


@handlers.on(CostReported)
async def on_cost_reported(costs: Sequence[Received[CostReported]], work: UnitOfWork) -> None:
    """Learn what labels cost."""
    await Capacity(work).report_costs(costs)


@handlers.on(GoldenScored)
async def on_golden_scored(scores: Sequence[Received[GoldenScored]], work: UnitOfWork) -> None:
    """Qualify annotators on golden items."""
    await Capacity(work).score(scores)


@handlers.on(RemediationRequested)
async def on_remediation_requested(
    remediations: Sequence[Received[RemediationRequested]], work: UnitOfWork
) -> None:
    """Expect labels to be asked for."""
    await Capacity(work).expect(remediations)


@handlers.on(RemediationDeclined)
async def on_remediation_declined(
    remediations: Sequence[Received[RemediationDeclined]], work: UnitOfWork
) -> None:
    """Expect no more labels for it."""
    await Capacity(work).close_demands({one.payload.remediation_id for one in remediations})


@handlers.on(RemediationCompleted)
async def on_remediation_completed(
    remediations: Sequence[Received[RemediationCompleted]], work: UnitOfWork
) -> None:
    """Expect no more labels for it."""
    await Capacity(work).close_demands({one.payload.remediation_id for one in remediations})


@handlers.on(ErasureRequested)
async def on_erasure_requested(
    requests: Sequence[Received[ErasureRequested]], work: UnitOfWork
) -> None:
    """Take the contents of a subject's items away for good."""
    store = ErasureStore(work.connection)
    for request in requests:
        keys = {(request.payload.project, item_id) for item_id in request.payload.item_ids}
        texts = await store.erase(keys, work.now)
        await tell_erased(request, work, texts=texts, names=await store.names(keys))
