"""What annotation events say about who labelled what, under which guideline."""

from __future__ import annotations

from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    TaskCompleted,
    TaskCreated,
    VendorScored,
)
from lineage.domain.graph import Description, Edge, Fact, Kind, Node
from lineage.domain.naming import annotator_node, guideline_node


def guideline_published(event: GuidelinePublished) -> Description:
    """A guideline version, who signed it and how well people agreed under it."""
    attributes = {
        "signed_off_by": event.signed_off_by,
        "calibration_alpha": event.calibration_alpha,
    }
    node = guideline_node(event.project, event.guideline_version)
    return Description((Fact(node, "published", attributes),))


def task_created(event: TaskCreated) -> Description:
    """A task of a batch, about an item, under a guideline."""
    task, batch = Node(Kind.TASK, event.task_id), Node(Kind.BATCH, event.batch_id)
    attributes = {
        "project": event.project,
        "tier": event.tier,
        "overlap": event.overlap,
        "slices": event.slices,
    }
    edges: tuple[Edge, ...] = (
        Edge(Node(Kind.ITEM, event.item_id), "asked_in", task),
        Edge(guideline_node(event.project, event.guideline_version), "instructed", task),
        Edge(batch, "consists_of", task, material=False),
    )
    if event.remediation_id is not None:
        reason = Node(Kind.REMEDIATION, event.remediation_id)
        edges = (*edges, Edge(reason, "ordered", batch, material=False))
    return Description((Fact(task, "created", attributes),), edges)


def task_completed(event: TaskCompleted) -> Description:
    """A task that has its labels."""
    attributes = {"labels": event.labels}
    return Description((Fact(Node(Kind.TASK, event.task_id), "completed", attributes),))


def label_accepted(event: LabelAccepted) -> Description:
    """A label: by whom, in which cohort, about which task and item."""
    label, task = Node(Kind.LABEL, event.label_id), Node(Kind.TASK, event.task_id)
    attributes = {
        "value": event.value,
        "withdrawn": event.withdrawn,
        "tier": event.tier,
        "guideline_version": event.guideline_version,
        "submitted_at": event.submitted_at.isoformat(),
    }
    return Description(
        (Fact(label, "accepted", attributes, event.revision),),
        (
            Edge(task, "answered_by", label),
            Edge(Node(Kind.ITEM, event.item_id), "asked_in", task),
            Edge(annotator_node(event.vendor, event.annotator), "gave", label),
            Edge(Node(Kind.COHORT, event.cohort), "comprises", label),
        ),
    )


def vendor_scored(event: VendorScored) -> Description:
    """How fast and how dear a vendor is in a project; the other figures are counted here."""
    attributes = {
        "lead_time_p95_hours": event.lead_time_p95_hours,
        "cost_per_accepted_label": event.cost_per_accepted_label,
        "currency": event.currency,
    }
    node = Node(Kind.VENDOR, f"{event.project}/{event.vendor}")
    return Description((Fact(node, "scored", attributes),))
