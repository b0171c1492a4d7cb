"""Decisions that people are accountable for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Value

TOPIC = "governance.decisions"


class ApproveRemediation(Value):
    """Yes or no to a remediation; the subject is its id."""

    kind: Literal["approve_remediation"] = "approve_remediation"
    approved: bool
    reason: str = ""


class PublishDataset(Value):
    """Build a version on top of ``parent_version`` from these released batches.

    The subject is the dataset.
    """

    kind: Literal["publish_dataset"] = "publish_dataset"
    project: Identifier
    parent_version: int = Field(ge=0)
    batch_ids: tuple[Identifier, ...] = Field(min_length=1)


Decision = Annotated[ApproveRemediation | PublishDataset, Field(discriminator="kind")]


class DecisionRecorded(
    Payload, topic=TOPIC, key="subject", type="aidataops.governance.decision_recorded.v1"
):
    """Who decided what, in which role, when."""

    decision_id: Identifier
    subject: Identifier
    decision: Decision
    made_by: Identifier
    role: Literal["responsible", "accountable", "consulted", "informed"]
    made_at: Instant


class PolicyChanged(
    Payload, topic=TOPIC, key="subject", type="aidataops.governance.policy_changed.v1"
):
    """A policy has a new version; the subject is the policy's name."""

    subject: Identifier
    version: Identifier
    changed_by: Identifier
    document: str
