"""What sourcing events say about where data comes from."""

from __future__ import annotations

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    ItemAccepted,
    ItemQuarantined,
    SourceRegistered,
    SourceSuspended,
)
from lineage.domain.graph import Description, Edge, Fact, Kind, Node


def source_registered(event: SourceRegistered) -> Description:
    """A source and its provenance: origin, method, licence, period, consent, sensitivity."""
    attributes = {
        "project": event.project,
        "name": event.name,
        "source_kind": event.kind,
        **event.provenance.model_dump(mode="json", exclude_none=True),
        "licence": event.provenance.licence,
    }
    return Description((Fact(Node(Kind.SOURCE, event.source_id), "registered", attributes),))


def source_suspended(event: SourceSuspended) -> Description:
    """A source that is not to be used any more."""
    attributes = {"reason": event.reason}
    return Description((Fact(Node(Kind.SOURCE, event.source_id), "suspended", attributes),))


def item_accepted(event: ItemAccepted) -> Description:
    """An item by its content hash: the content itself is in no fact, so that it can be erased."""
    node = Node(Kind.ITEM, event.item_id)
    attributes = {
        "project": event.project,
        "content_hash": event.content_hash,
        "licence": event.licence,
        "slices": event.slices,
    }
    return Description(
        (Fact(node, "accepted", attributes),), _origins(node, event.source_id, event.brief_id)
    )


def item_quarantined(event: ItemQuarantined) -> Description:
    """An item that a gate held back."""
    node = Node(Kind.ITEM, event.item_id)
    attributes = {"project": event.project, "gate": event.gate, "reason": event.reason}
    return Description(
        (Fact(node, "quarantined", attributes),), _origins(node, event.source_id, event.brief_id)
    )


def brief_opened(event: BriefOpened) -> Description:
    """A wish for items, and the remediation that it serves."""
    node = Node(Kind.BRIEF, event.brief_id)
    attributes = {"project": event.project, "slices": event.slices, "quota": event.quota}
    return Description((Fact(node, "opened", attributes),), _wish(node, event.remediation_id))


def brief_fulfilled(event: BriefFulfilled) -> Description:
    """The items that answered a brief."""
    node = Node(Kind.BRIEF, event.brief_id)
    answers = (
        Edge(node, "answered_by", Node(Kind.ITEM, item_id), material=False)
        for item_id in event.item_ids
    )
    return Description(
        (Fact(node, "fulfilled", {"items": len(event.item_ids)}),),
        (*_wish(node, event.remediation_id), *answers),
    )


def _origins(item: Node, source_id: str, brief_id: str | None) -> tuple[Edge, ...]:
    edges = (Edge(Node(Kind.SOURCE, source_id), "provided", item),)
    if brief_id is None:
        return edges
    return (*edges, Edge(Node(Kind.BRIEF, brief_id), "answered_by", item, material=False))


def _wish(brief: Node, remediation_id: str | None) -> tuple[Edge, ...]:
    if remediation_id is None:
        return ()
    return (Edge(Node(Kind.REMEDIATION, remediation_id), "opened", brief, material=False),)
