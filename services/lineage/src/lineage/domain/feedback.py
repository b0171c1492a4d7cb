"""What feedback events say about findings and the data work that answers them."""

from __future__ import annotations

from typing import Any

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
from aidataops.events.governance import ApproveRemediation, DecisionRecorded
from lineage.domain.graph import Description, Edge, Fact, Kind, Node
from lineage.domain.naming import version_node


def regression_detected(event: RegressionDetected) -> Description:
    """A slice that got worse, the run that showed it and the failures that make it up."""
    node = Node(Kind.REGRESSION, event.regression_id)
    attributes = event.model_dump(
        mode="json",
        include={"project", "model", "metric", "slices", "pairs", "passed_before", "passed_after",
                 "p_value", "q_value", "attribution"},
    )  # fmt: skip
    baseline = Node(Kind.EVALUATION_RUN, event.baseline_run_id)
    failures = (Edge(Node(Kind.FAILURE, name), "part_of", node) for name in event.failure_ids)
    return Description(
        (Fact(node, "detected", attributes, event.revision),),
        (
            Edge(Node(Kind.EVALUATION_RUN, event.run_id), "showed", node),
            Edge(baseline, "compared_in", node, material=False),
            *failures,
        ),
    )


def remediation_requested(event: RemediationRequested) -> Description:
    """Data work and the findings that it answers."""
    node = Node(Kind.REMEDIATION, event.remediation_id)
    attributes = event.model_dump(
        mode="json",
        include={"project", "kind", "slices", "category", "model", "priority", "quota", "cohort",
                 "reason", "policy_version"},
    )  # fmt: skip
    findings = (
        *(Node(Kind.REGRESSION, name) for name in event.regression_ids),
        *(Node(Kind.FAILURE, name) for name in event.failure_ids),
    )
    return Description(
        (Fact(node, "requested", attributes),),
        tuple(Edge(finding, "answered_by", node, material=False) for finding in findings),
    )


def remediation_approved(event: RemediationApproved) -> Description:
    """The yes of the Accountable."""
    node = Node(Kind.REMEDIATION, event.remediation_id)
    decision = event.decision_id
    edges = () if decision is None else (_decided(decision, node),)
    return Description((_life(node, "approved", {"approved_by": event.approved_by}),), edges)


def remediation_declined(event: RemediationDeclined) -> Description:
    """The no of the Accountable, and why."""
    attributes = {"declined_by": event.declined_by, "reason": event.reason}
    return Description((_life(_remediation(event.remediation_id), "declined", attributes),))


def remediation_progressed(event: RemediationProgressed) -> Description:
    """A step of the work is done."""
    node = _remediation(event.remediation_id)
    edges: tuple[Edge, ...] = ()
    if event.batch_id is not None:
        edges = (Edge(node, "ordered", Node(Kind.BATCH, event.batch_id), material=False),)
    return Description((_life(node, event.stage, {"done": event.done}),), edges)


def remediation_completed(event: RemediationCompleted) -> Description:
    """The fix is in a dataset version."""
    node, version = _remediation(event.remediation_id), version_node(event.dataset_version)
    return Description(
        (_life(node, "completed", {"dataset_version": version.id}),),
        (Edge(node, "completed_in", version, material=False),),
    )


def remediation_verified(event: RemediationVerified) -> Description:
    """A later evaluation shows that the fix helped."""
    return _evaluated(event, "verified")


def remediation_reopened(event: RemediationReopened) -> Description:
    """A later evaluation shows that the fix did not help."""
    return _evaluated(event, "reopened")


def decision_recorded(event: DecisionRecorded) -> Description:
    """A decision by a person; that on a dataset meets its version once that is built."""
    node = Node(Kind.DECISION, event.decision_id)
    attributes = event.model_dump(
        mode="json", include={"subject", "decision", "made_by", "role", "made_at"}
    )
    edges: tuple[Edge, ...] = ()
    if isinstance(event.decision, ApproveRemediation):
        edges = (_decided(event.decision_id, _remediation(event.subject)),)
    return Description((Fact(node, "recorded", attributes),), edges)


def _evaluated(event: RemediationVerified | RemediationReopened, aspect: str) -> Description:
    node, run = _remediation(event.remediation_id), Node(Kind.EVALUATION_RUN, event.run_id)
    attributes = {"run_id": event.run_id, "effect": event.effect.model_dump(mode="json")}
    return Description(
        (_life(node, aspect, attributes),),
        (Edge(node, f"{aspect}_by", run, material=False),),
    )


def _remediation(name: str) -> Node:
    return Node(Kind.REMEDIATION, name)


def _decided(decision_id: str, node: Node) -> Edge:
    return Edge(Node(Kind.DECISION, decision_id), "decided", node, material=False)


def _life(node: Node, aspect: str, attributes: dict[str, Any]) -> Fact:
    return Fact(node, aspect, attributes)
