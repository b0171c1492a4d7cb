"""What people decide: carried out where it is a version, and in the ledger in any case."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import feedback
from lineage.domain.decisions import decided
from lineage.governing import RECORDED, record
from lineage.handlers.registry import handlers
from lineage.publishing import Publisher
from lineage.store import DecisionStore, GraphStore


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


for recorded in RECORDED:
    handlers.on(recorded)(record)
