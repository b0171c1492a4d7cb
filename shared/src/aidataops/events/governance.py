"""Decisions that people are accountable for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value

TOPIC = "governance.decisions"

Role = Literal["responsible", "accountable", "consulted", "informed"]


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
    role: Role
    made_at: Instant


class PolicyChanged(
    Payload, topic=TOPIC, key="subject", type="aidataops.governance.policy_changed.v1"
):
    """A policy has a new version; the subject is the policy's name."""

    subject: Identifier
    version: Identifier
    changed_by: Identifier
    document: str


class Decided(Value):
    """What every decision says; each kind is an event type of its own, so that new ones may come.

    ``subject`` is what it is about, ``made_by`` a person, ``role`` the one they decided in. Of two
    decisions on one subject the later ``made_at`` counts, then the larger ``decision_id``.
    """

    decision_id: Identifier
    subject: Identifier
    made_by: Identifier
    role: Role
    made_at: Instant
    reason: str = ""


class SourceDecided(
    Decided, Payload, topic=TOPIC, key="subject", type="aidataops.governance.source_decided.v1"
):
    """Whether a source may be used whose licence or provenance needs approval; or no longer.

    The subject is the source. ``suspended`` stops one that was in use, ``approved`` lets it in.
    """

    project: Identifier
    verdict: Literal["approved", "refused", "suspended"]


class ItemReleaseDecided(
    Decided,
    Payload,
    topic=TOPIC,
    key="subject",
    type="aidataops.governance.item_release_decided.v1",
):
    """A quarantined item is let in after all, in spite of the gate named; the subject is it."""

    project: Identifier
    gate: Term


class WaiverGranted(
    Decided, Payload, topic=TOPIC, key="subject", type="aidataops.governance.waiver_granted.v1"
):
    """The Accountable lets one batch pass in spite of one failed check, until a time.

    The subject is the batch. There is no waiver for a missing agreement measurement.
    """

    project: Identifier
    check: Term
    expires_at: Instant


class StandardChanged(
    Decided, Payload, topic=TOPIC, key="subject", type="aidataops.governance.standard_changed.v1"
):
    """A standard of a project (the subject) has a new value, for the business target named.

    ``standard`` is e.g. ``agreement_floor``, ``golden_accuracy``, ``coverage_floor``.
    """

    standard: Term
    value: float
    business_target: str = Field(min_length=1)


class AutomationDecided(
    Decided, Payload, topic=TOPIC, key="subject", type="aidataops.governance.automation_decided.v1"
):
    """Who labels a slice until a time: people, people with a model's help, or a model.

    The subject is the project. ``agreement_lower`` is the lower bound of the agreement of model and
    people that the decision stands on, over ``labels`` labels.
    """

    slices: Slices
    level: Literal["human", "assisted", "automatic"]
    expires_at: Instant
    agreement_lower: float = Field(ge=-1, le=1)
    labels: int = Field(ge=0)


class ResponsibilityAssigned(
    Payload, topic=TOPIC, key="subject", type="aidataops.governance.responsibility_assigned.v1"
):
    """Who holds which role for a kind of decision in a project (the subject).

    ``decision_kind`` is e.g. ``approve_remediation``; ``internal`` says whether the person belongs
    to the organisation: an Accountable has to. ``revoked`` takes the assignment back; the highest
    ``revision`` of (subject, decision_kind, person, role) counts.
    """

    subject: Identifier
    decision_kind: Term
    person: Identifier
    role: Role
    internal: bool
    organisation: Identifier | None = None
    notify_url: str | None = None
    revoked: bool = False
    revision: int = Field(default=1, ge=1)


class ConsultationAnswered(
    Payload, topic=TOPIC, key="subject", type="aidataops.governance.consultation_answered.v1"
):
    """Somebody Consulted has said what they think of a decision to be made on the subject."""

    subject: Identifier
    project: Identifier
    decision_kind: Term
    answered_by: Identifier
    answered_at: Instant
    supports: bool
    statement: str
