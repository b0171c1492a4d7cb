"""What QA's findings say about labels, batches and the people who label."""

from __future__ import annotations

from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GateCheck,
    GoldenScored,
    ReleasedItem,
)
from lineage.domain.graph import Description, Edge, Fact, Kind, Node
from lineage.domain.naming import annotator_node, consensus_id, release_id


def annotator_suspended(event: AnnotatorSuspended) -> Description:
    """An annotator whose labels count no more."""
    attributes = {
        "project": event.project,
        "suspended": True,
        "golden_correct": event.golden_correct,
        "golden_total": event.golden_total,
        "reason": event.reason,
    }
    node = annotator_node(event.vendor, event.annotator)
    return Description((Fact(node, "standing", attributes),))


def annotator_reinstated(event: AnnotatorReinstated) -> Description:
    """An annotator who is trusted again."""
    attributes = {"project": event.project, "suspended": False, "reason": event.reason}
    node = annotator_node(event.vendor, event.annotator)
    return Description((Fact(node, "standing", attributes),))


def golden_scored(event: GoldenScored) -> Description:
    """How many golden items an annotator got right; the most answered counts."""
    attributes = {"correct": event.golden_correct, "total": event.golden_total}
    node = annotator_node(event.vendor, event.annotator)
    return Description((Fact(node, "golden", attributes, event.golden_total),))


def agreement_measured(event: AgreementMeasured) -> Description:
    """How well a batch's or a cohort's annotators agree; other scopes are no node of the graph."""
    if event.scope not in ("batch", "cohort"):
        return Description()
    attributes = {
        "agreement": event.agreement.model_dump(mode="json"),
        "floor": event.floor,
        "verdict": event.verdict,
    }
    return Description((Fact(Node(Kind(event.scope), event.scope_value), "agreement", attributes),))


def consensus_reached(event: ConsensusReached) -> Description:
    """What the trusted labels of an item say together, and which these are."""
    name = consensus_id(event.batch_id, event.item_id, event.value, event.label_ids)
    attributes = {
        "item_id": event.item_id,
        "value": event.value,
        "confidence": event.confidence,
        "method": event.method,
    }
    node = Node(Kind.CONSENSUS, name)
    return Description((Fact(node, "reached", attributes),), _counted(node, event.label_ids))


def batch_released(event: BatchReleased) -> Description:
    """A batch that passed the gate, and the consensus values that leave with it.

    A release names its items' consensus as reason, not as content: which of them a dataset version
    really holds is known from the version's rows.
    """
    release = Node(Kind.RELEASE, release_id(event.batch_id, event.revision))
    attributes = {
        "project": event.project,
        "agreement": event.agreement.model_dump(mode="json"),
        "items": len(event.items),
    }
    contents = (edge for item in event.items for edge in _content(event.batch_id, item, release))
    batch = Node(Kind.BATCH, event.batch_id)
    return Description(
        (
            Fact(release, "released", attributes),
            Fact(batch, "verdict", _verdict(True, event.project, event.checks), event.revision),
        ),
        (
            Edge(batch, "released_as", release),
            *_order(batch, event.remediation_id),
            *contents,
        ),
    )


def batch_blocked(event: BatchBlocked) -> Description:
    """A batch that did not pass, and why."""
    batch = Node(Kind.BATCH, event.batch_id)
    attributes = _verdict(False, event.project, event.checks)
    return Description(
        (Fact(batch, "verdict", attributes, event.revision),), _order(batch, event.remediation_id)
    )


def _verdict(released: bool, project: str, checks: tuple[GateCheck, ...]) -> dict[str, object]:
    return {
        "project": project,
        "released": released,
        "checks": [check.model_dump(mode="json") for check in checks],
    }


def _order(batch: Node, remediation_id: str | None) -> tuple[Edge, ...]:
    if remediation_id is None:
        return ()
    return (Edge(Node(Kind.REMEDIATION, remediation_id), "ordered", batch, material=False),)


def _content(batch_id: str, item: ReleasedItem, release: Node) -> tuple[Edge, ...]:
    name = consensus_id(batch_id, item.item_id, item.value, item.label_ids)
    consensus = Node(Kind.CONSENSUS, name)
    return (
        Edge(consensus, "released_in", release, material=False),
        *_counted(consensus, item.label_ids),
    )


def _counted(consensus: Node, label_ids: tuple[str, ...]) -> tuple[Edge, ...]:
    return tuple(
        Edge(Node(Kind.LABEL, label_id), "counted_in", consensus) for label_id in label_ids
    )
