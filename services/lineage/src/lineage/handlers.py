"""One function per event type: describe it in the graph, or let it move a dataset version."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    ProjectDefined,
    TaskCompleted,
    TaskCreated,
)
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted
from aidataops.events.feedback import (
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationProgressed,
    RemediationReopened,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import ErasureRequested, VersionRegistered, VersionRequested
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GoldenScored,
)
from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    ItemAccepted,
    ItemQuarantined,
    SourceRegistered,
    SourceSuspended,
)
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging import Handlers, Received, UnitOfWork
from lineage.domain import annotation, evaluation, feedback, quality, sourcing, versions
from lineage.domain.decisions import decided, requested
from lineage.domain.naming import annotator_node
from lineage.flagging import Flagging
from lineage.governing import RECORDED, record
from lineage.publishing import Publisher
from lineage.store import ContentStore, DecisionStore, GraphStore, MembershipStore, Reach

handlers = Handlers()


@handlers.on(SourceRegistered)
async def on_source_registered(
    events: Sequence[Received[SourceRegistered]], work: UnitOfWork
) -> None:
    """A source, its origin and licence."""
    await GraphStore(work.connection).describe(events, sourcing.source_registered)


@handlers.on(SourceSuspended)
async def on_source_suspended(
    events: Sequence[Received[SourceSuspended]], work: UnitOfWork
) -> None:
    """A source not to be used any more."""
    await GraphStore(work.connection).describe(events, sourcing.source_suspended)
    await Flagging(work).judge(events[-1], [event.payload.source_id for event in events])


@handlers.on(ItemAccepted)
async def on_item_accepted(events: Sequence[Received[ItemAccepted]], work: UnitOfWork) -> None:
    """An item, its source and its content."""
    await GraphStore(work.connection).describe(events, sourcing.item_accepted)
    await ContentStore(work.connection).add(events)
    await MembershipStore(work.connection).add_reaches(
        Reach("source", event.payload.source_id, "", event.payload.item_id) for event in events
    )
    await Flagging(work).reached(events[-1], [event.payload.source_id for event in events])


@handlers.on(ItemQuarantined)
async def on_item_quarantined(
    events: Sequence[Received[ItemQuarantined]], work: UnitOfWork
) -> None:
    """An item that was held back."""
    await GraphStore(work.connection).describe(events, sourcing.item_quarantined)


@handlers.on(BriefOpened)
async def on_brief_opened(events: Sequence[Received[BriefOpened]], work: UnitOfWork) -> None:
    """A wish for items."""
    await GraphStore(work.connection).describe(events, sourcing.brief_opened)


@handlers.on(BriefFulfilled)
async def on_brief_fulfilled(events: Sequence[Received[BriefFulfilled]], work: UnitOfWork) -> None:
    """The items that answered a brief."""
    await GraphStore(work.connection).describe(events, sourcing.brief_fulfilled)


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
    await MembershipStore(work.connection).add_reaches(labelled(event.payload) for event in events)
    await Flagging(work).reached(events[-1], [_name(event.payload) for event in events])
    if any(event.payload.withdrawn or event.payload.revision > 1 for event in events):
        await Flagging(work).judge(events[-1], {event.payload.vendor for event in events})


@handlers.on(AnnotatorSuspended)
async def on_annotator_suspended(
    events: Sequence[Received[AnnotatorSuspended]], work: UnitOfWork
) -> None:
    """An annotator whose labels count no more."""
    await GraphStore(work.connection).describe(events, quality.annotator_suspended)
    await Flagging(work).judge(events[-1], [_name(event.payload) for event in events])


@handlers.on(AnnotatorReinstated)
async def on_annotator_reinstated(
    events: Sequence[Received[AnnotatorReinstated]], work: UnitOfWork
) -> None:
    """An annotator who is trusted again."""
    await GraphStore(work.connection).describe(events, quality.annotator_reinstated)
    await Flagging(work).judge(events[-1], [_name(event.payload) for event in events])


@handlers.on(AgreementMeasured)
async def on_agreement_measured(
    events: Sequence[Received[AgreementMeasured]], work: UnitOfWork
) -> None:
    """How well a batch's annotators agree."""
    await GraphStore(work.connection).describe(events, quality.agreement_measured)


@handlers.on(ConsensusReached)
async def on_consensus_reached(
    events: Sequence[Received[ConsensusReached]], work: UnitOfWork
) -> None:
    """A consensus and its labels."""
    await GraphStore(work.connection).describe(events, quality.consensus_reached)


@handlers.on(BatchReleased)
async def on_batch_released(events: Sequence[Received[BatchReleased]], work: UnitOfWork) -> None:
    """A released batch, which a decision may wait for."""
    await GraphStore(work.connection).describe(events, quality.batch_released)
    await DecisionStore(work.connection).add_batches(events)
    await Publisher(work).settle(events[-1], projects=[event.payload.project for event in events])


@handlers.on(BatchBlocked)
async def on_batch_blocked(events: Sequence[Received[BatchBlocked]], work: UnitOfWork) -> None:
    """A blocked batch, which no decision can use any more."""
    await GraphStore(work.connection).describe(events, quality.batch_blocked)
    await DecisionStore(work.connection).add_batches(events)
    await Publisher(work).settle(events[-1], projects=[event.payload.project for event in events])


@handlers.on(EvaluationRunCompleted)
async def on_evaluation_run_completed(
    events: Sequence[Received[EvaluationRunCompleted]], work: UnitOfWork
) -> None:
    """An evaluation run and its model."""
    await GraphStore(work.connection).describe(events, evaluation.evaluation_run_completed)


@handlers.on(EvaluationFailure)
async def on_evaluation_failure(
    events: Sequence[Received[EvaluationFailure]], work: UnitOfWork
) -> None:
    """A failure and the run that found it."""
    await GraphStore(work.connection).describe(events, evaluation.evaluation_failure)


@handlers.on(TrainingRunCompleted)
async def on_training_run_completed(
    events: Sequence[Received[TrainingRunCompleted]], work: UnitOfWork
) -> None:
    """A model and what it was trained on."""
    await GraphStore(work.connection).describe(events, evaluation.training_run_completed)


@handlers.on(RegressionDetected)
async def on_regression_detected(
    events: Sequence[Received[RegressionDetected]], work: UnitOfWork
) -> None:
    """A regression and its failures."""
    await GraphStore(work.connection).describe(events, feedback.regression_detected)


@handlers.on(RemediationRequested)
async def on_remediation_requested(
    events: Sequence[Received[RemediationRequested]], work: UnitOfWork
) -> None:
    """Data work and the findings it answers."""
    await GraphStore(work.connection).describe(events, feedback.remediation_requested)


@handlers.on(RemediationApproved)
async def on_remediation_approved(
    events: Sequence[Received[RemediationApproved]], work: UnitOfWork
) -> None:
    """The yes to data work."""
    await GraphStore(work.connection).describe(events, feedback.remediation_approved)


@handlers.on(RemediationDeclined)
async def on_remediation_declined(
    events: Sequence[Received[RemediationDeclined]], work: UnitOfWork
) -> None:
    """The no to data work."""
    await GraphStore(work.connection).describe(events, feedback.remediation_declined)


@handlers.on(RemediationProgressed)
async def on_remediation_progressed(
    events: Sequence[Received[RemediationProgressed]], work: UnitOfWork
) -> None:
    """A step of data work."""
    await GraphStore(work.connection).describe(events, feedback.remediation_progressed)


@handlers.on(RemediationCompleted)
async def on_remediation_completed(
    events: Sequence[Received[RemediationCompleted]], work: UnitOfWork
) -> None:
    """Data work that is in a version."""
    await GraphStore(work.connection).describe(events, feedback.remediation_completed)


@handlers.on(RemediationVerified)
async def on_remediation_verified(
    events: Sequence[Received[RemediationVerified]], work: UnitOfWork
) -> None:
    """Data work that helped."""
    await GraphStore(work.connection).describe(events, feedback.remediation_verified)


@handlers.on(RemediationReopened)
async def on_remediation_reopened(
    events: Sequence[Received[RemediationReopened]], work: UnitOfWork
) -> None:
    """Data work that did not help."""
    await GraphStore(work.connection).describe(events, feedback.remediation_reopened)


@handlers.on(DecisionRecorded)
async def on_decision_recorded(
    events: Sequence[Received[DecisionRecorded]], work: UnitOfWork
) -> None:
    """A decision; one to publish is carried out as soon as it can be."""
    await GraphStore(work.connection).describe(events, feedback.decision_recorded)
    store = DecisionStore(work.connection)
    for event in events:
        if isinstance(event.payload.decision, PublishDataset):
            await store.add_decision(event, decided(event.payload, event.payload.decision))
    await Publisher(work).settle(events[-1], datasets=[event.payload.subject for event in events])
    await record(events, work)


@handlers.on(ProjectDefined)
async def on_project_defined(events: Sequence[Received[ProjectDefined]], work: UnitOfWork) -> None:
    """Who may publish, and where to."""
    await DecisionStore(work.connection).add_projects(event.payload for event in events)
    await Publisher(work).settle(events[-1], projects=[event.payload.project for event in events])


@handlers.on(VersionRegistered)
async def on_version_registered(
    events: Sequence[Received[VersionRegistered]], work: UnitOfWork
) -> None:
    """A chunk of a version that was built elsewhere."""
    await GraphStore(work.connection).describe(events, versions.version_registered)
    await Publisher(work).register(events)


@handlers.on(VersionRequested)
async def on_version_requested(
    events: Sequence[Received[VersionRequested]], work: UnitOfWork
) -> None:
    """A decision to publish by a recipe."""
    await GraphStore(work.connection).describe(events, versions.version_requested)
    store = DecisionStore(work.connection)
    for event in events:
        await store.add_decision(event, requested(event.payload))
    await record(events, work)
    await Publisher(work).settle(events[-1], datasets=[event.payload.dataset for event in events])


@handlers.on(ErasureRequested)
async def on_erasure_requested(
    events: Sequence[Received[ErasureRequested]], work: UnitOfWork
) -> None:
    """Contents that are to go, and everything that they had reached."""
    await Flagging(work).erase(events)
    await record(events, work)


@handlers.on(GoldenScored)
async def on_golden_scored(events: Sequence[Received[GoldenScored]], work: UnitOfWork) -> None:
    """How an annotator stands against golden items."""
    await GraphStore(work.connection).describe(events, quality.golden_scored)


for recorded in RECORDED:
    handlers.on(recorded)(record)


def labelled(label: LabelAccepted) -> Reach:
    """What an annotator has reached with a label; withdrawing it does not undo that."""
    return Reach("annotator", _name(label), label.cohort, label.item_id)


def _name(event: LabelAccepted | AnnotatorSuspended | AnnotatorReinstated) -> str:
    return annotator_node(event.vendor, event.annotator).id
