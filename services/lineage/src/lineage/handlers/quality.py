"""How annotators stand, and what of the labels is good enough."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GoldenScored,
)
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import quality
from lineage.domain.naming import annotator_node
from lineage.flagging import Flagging
from lineage.handlers.registry import handlers
from lineage.publishing import Publisher
from lineage.store import ContentStore, DecisionStore, GraphStore


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
    await ContentStore(work.connection).forget_texts(
        item_ids=[event.payload.item_id for event in events]
    )


@handlers.on(BatchReleased)
async def on_batch_released(events: Sequence[Received[BatchReleased]], work: UnitOfWork) -> None:
    """A released batch, which a decision may wait for."""
    await GraphStore(work.connection).describe(events, quality.batch_released)
    await DecisionStore(work.connection).add_batches(events)
    items = [item.item_id for event in events for item in event.payload.items]
    await ContentStore(work.connection).forget_texts(item_ids=items)
    await Publisher(work).settle(events[-1], projects=[event.payload.project for event in events])


@handlers.on(BatchBlocked)
async def on_batch_blocked(events: Sequence[Received[BatchBlocked]], work: UnitOfWork) -> None:
    """A blocked batch, which no decision can use any more."""
    await GraphStore(work.connection).describe(events, quality.batch_blocked)
    await DecisionStore(work.connection).add_batches(events)
    await Publisher(work).settle(events[-1], projects=[event.payload.project for event in events])


@handlers.on(GoldenScored)
async def on_golden_scored(events: Sequence[Received[GoldenScored]], work: UnitOfWork) -> None:
    """How an annotator stands against golden items."""
    await GraphStore(work.connection).describe(events, quality.golden_scored)


def _name(event: AnnotatorSuspended | AnnotatorReinstated) -> str:
    return annotator_node(event.vendor, event.annotator).id
