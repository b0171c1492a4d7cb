"""One function per event type: keep what the page shows of it."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.erasure import tell_erased
from aidataops.events.annotation import TaskCreated
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    FailuresJoined,
    FindingsDismissed,
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationProgressed,
    RemediationReopened,
    RemediationRequested,
    RemediationScheduled,
    RemediationVerified,
)
from aidataops.events.lineage import ErasureRequested, VersionPublished
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    GoldenScored,
)
from aidataops.messaging import Handlers, Received, UnitOfWork
from console.domain import lifecycle
from console.store import ReadModel

handlers = Handlers()


@handlers.on(EvaluationFailure)
async def on_evaluation_failure(
    events: Sequence[Received[EvaluationFailure]], work: UnitOfWork
) -> None:
    """A failure that a harness reported."""
    await ReadModel(work.connection).add_failures(events)


@handlers.on(FindingsDismissed)
async def on_findings_dismissed(
    events: Sequence[Received[FindingsDismissed]], work: UnitOfWork
) -> None:
    """Failures that need no data work."""
    await ReadModel(work.connection).add_dismissals(events)


@handlers.on(RegressionDetected)
async def on_regression_detected(
    events: Sequence[Received[RegressionDetected]], work: UnitOfWork
) -> None:
    """A slice that got worse."""
    await ReadModel(work.connection).add_regressions(events)


@handlers.on(RemediationRequested)
async def on_remediation_requested(
    events: Sequence[Received[RemediationRequested]], work: UnitOfWork
) -> None:
    """Data work that was asked for."""
    await ReadModel(work.connection).add_remediations(events)


@handlers.on(RemediationScheduled)
async def on_remediation_scheduled(
    events: Sequence[Received[RemediationScheduled]], work: UnitOfWork
) -> None:
    """Until when data work is promised."""
    await ReadModel(work.connection).add_schedules(events)


@handlers.on(FailuresJoined)
async def on_failures_joined(events: Sequence[Received[FailuresJoined]], work: UnitOfWork) -> None:
    """More failures that a remediation answers, in a storm."""
    await ReadModel(work.connection).add_joined(events)


@handlers.on(RemediationApproved)
async def on_remediation_approved(
    events: Sequence[Received[RemediationApproved]], work: UnitOfWork
) -> None:
    """Data work that may begin."""
    await ReadModel(work.connection).add_steps(events, lifecycle.approved)


@handlers.on(RemediationDeclined)
async def on_remediation_declined(
    events: Sequence[Received[RemediationDeclined]], work: UnitOfWork
) -> None:
    """Data work that will not be done."""
    await ReadModel(work.connection).add_steps(events, lifecycle.declined)


@handlers.on(RemediationProgressed)
async def on_remediation_progressed(
    events: Sequence[Received[RemediationProgressed]], work: UnitOfWork
) -> None:
    """A step of data work."""
    await ReadModel(work.connection).add_steps(events, lifecycle.progressed)


@handlers.on(RemediationCompleted)
async def on_remediation_completed(
    events: Sequence[Received[RemediationCompleted]], work: UnitOfWork
) -> None:
    """Data work that is in a dataset version."""
    await ReadModel(work.connection).add_steps(events, lifecycle.completed)


@handlers.on(RemediationVerified)
async def on_remediation_verified(
    events: Sequence[Received[RemediationVerified]], work: UnitOfWork
) -> None:
    """Data work that helped."""
    await ReadModel(work.connection).add_steps(events, lifecycle.verified)


@handlers.on(RemediationReopened)
async def on_remediation_reopened(
    events: Sequence[Received[RemediationReopened]], work: UnitOfWork
) -> None:
    """Data work that did not help."""
    await ReadModel(work.connection).add_steps(events, lifecycle.reopened)


@handlers.on(TaskCreated)
async def on_task_created(events: Sequence[Received[TaskCreated]], work: UnitOfWork) -> None:
    """A batch that is being labelled."""
    await ReadModel(work.connection).add_orders(events)


@handlers.on(AgreementMeasured)
async def on_agreement_measured(
    events: Sequence[Received[AgreementMeasured]], work: UnitOfWork
) -> None:
    """How well a batch's annotators agree."""
    await ReadModel(work.connection).add_agreements(events)


@handlers.on(BatchReleased)
async def on_batch_released(events: Sequence[Received[BatchReleased]], work: UnitOfWork) -> None:
    """A batch that passed the gate."""
    await ReadModel(work.connection).add_verdicts(events)


@handlers.on(BatchBlocked)
async def on_batch_blocked(events: Sequence[Received[BatchBlocked]], work: UnitOfWork) -> None:
    """A batch that did not pass the gate."""
    await ReadModel(work.connection).add_verdicts(events)


@handlers.on(GoldenScored)
async def on_golden_scored(events: Sequence[Received[GoldenScored]], work: UnitOfWork) -> None:
    """An annotator's record on golden items."""
    await ReadModel(work.connection).add_golden_records(events)


@handlers.on(AnnotatorSuspended)
async def on_annotator_suspended(
    events: Sequence[Received[AnnotatorSuspended]], work: UnitOfWork
) -> None:
    """An annotator whose labels count no more."""
    await ReadModel(work.connection).add_standings(events)
    await ReadModel(work.connection).add_golden_records(events)


@handlers.on(AnnotatorReinstated)
async def on_annotator_reinstated(
    events: Sequence[Received[AnnotatorReinstated]], work: UnitOfWork
) -> None:
    """An annotator who is trusted again."""
    await ReadModel(work.connection).add_standings(events)


@handlers.on(VersionPublished)
async def on_version_published(
    events: Sequence[Received[VersionPublished]], work: UnitOfWork
) -> None:
    """A dataset version."""
    await ReadModel(work.connection).add_dataset_versions(events)


@handlers.on(ErasureRequested)
async def on_erasure_requested(
    requests: Sequence[Received[ErasureRequested]], work: UnitOfWork
) -> None:
    """A subject's items: the read model has no text of them, but a dead letter may."""
    for request in requests:
        await tell_erased(request, work)
