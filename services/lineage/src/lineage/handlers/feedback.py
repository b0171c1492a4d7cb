"""Regressions and the data work that answers them."""

from __future__ import annotations

from collections.abc import Sequence

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
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import feedback
from lineage.handlers.registry import handlers
from lineage.store import GraphStore


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
