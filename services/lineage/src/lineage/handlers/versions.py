"""Versions that were built elsewhere or are wanted, and items that are to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aidataops.events.lineage import (
    ErasureApplied,
    ErasureRequested,
    VersionRegistered,
    VersionRequested,
)
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import versions
from lineage.domain.decisions import requested
from lineage.flagging import Flagging
from lineage.governing import record
from lineage.handlers.registry import handlers
from lineage.publishing import Publisher
from lineage.settings import LineageSettings
from lineage.store import ContentStore, DecisionStore, GraphStore


@handlers.on(VersionRegistered)
async def on_version_registered(
    events: Sequence[Received[VersionRegistered]], work: UnitOfWork
) -> None:
    """A chunk of a version that was built elsewhere."""
    await GraphStore(work.connection).describe(events, versions.version_registered)
    await Publisher(work).register(events)
    items = (row.item_id for event in events for row in event.payload.rows)
    await ContentStore(work.connection).forget_texts(item_ids=items)


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


@handlers.on(ErasureApplied)
async def on_erasure_applied(events: Sequence[Received[ErasureApplied]], work: UnitOfWork) -> None:
    """A service's part of an erasure; the last one completes it."""
    retention = timedelta(days=LineageSettings().topic_retention_days)
    await Flagging(work).complete(events, retention)
