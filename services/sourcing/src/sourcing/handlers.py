"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import ItemSubmitted, SourceSubmitted
from aidataops.messaging import Handlers, Received, UnitOfWork
from sourcing.admission import Admission
from sourcing.commissioning import Commissioning

handlers = Handlers()


@handlers.on(SourceSubmitted)
async def on_source_submitted(
    sources: Sequence[Received[SourceSubmitted]], work: UnitOfWork
) -> None:
    """Judge sources' licences and the items that waited for them."""
    await Admission(work).take_sources(sources)


@handlers.on(ItemSubmitted)
async def on_item_submitted(items: Sequence[Received[ItemSubmitted]], work: UnitOfWork) -> None:
    """Send items through the gates."""
    await Admission(work).take_items(items)


@handlers.on(RemediationApproved)
async def on_remediation_approved(
    remediations: Sequence[Received[RemediationApproved]], work: UnitOfWork
) -> None:
    """Open a brief for data work that needs new items."""
    await Commissioning(work).open_briefs(remediations)
