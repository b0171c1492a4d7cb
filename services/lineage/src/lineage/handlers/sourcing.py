"""Sources, items and briefs."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    ItemAccepted,
    ItemQuarantined,
    SourceRegistered,
    SourceSuspended,
)
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import sourcing
from lineage.flagging import Flagging
from lineage.handlers.registry import handlers
from lineage.store import ContentStore, GraphStore, MembershipStore, Reach


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
