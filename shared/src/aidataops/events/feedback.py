"""What a failing evaluation turns into, and how it ends."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Value
from aidataops.events.evaluation import DatasetReference, FailureCategory

TOPIC = "feedback.remediations"

RemediationKind = Literal[
    "source_items",
    "annotate",
    "reannotate_cohort",
    "revise_guideline",
    "extend_golden_set",
    "review_automation",
    "no_data_fix",
]
AttributionVerdict = Literal["data", "recipe", "confounded", "unattributable"]


class CohortEvidence(Value):
    """How strongly a cohort of training data is associated with the failing slice."""

    cohort: str
    items: int = Field(ge=0)
    share_before: float = Field(ge=0, le=1)
    share_after: float = Field(ge=0, le=1)
    odds_ratio: float | None = None
    p_value: float | None = None


class Attribution(Value):
    """Data or recipe, which cohorts, and a sentence that a program lead understands.

    ``missing_runs`` names what would settle a ``confounded`` verdict.
    """

    verdict: AttributionVerdict
    sentence: str
    dataset_before: DatasetReference | None = None
    dataset_after: DatasetReference | None = None
    cohorts: tuple[CohortEvidence, ...] = ()
    missing_runs: tuple[str, ...] = ()


class RegressionDetected(
    Payload, topic=TOPIC, key="regression_id", type="aidataops.feedback.regression_detected.v1"
):
    """A slice got worse against the baseline run, beyond chance.

    Paired by sample: ``lost`` were right before and are wrong now, ``gained`` the other way round;
    ``p_value`` is McNemar's exact test, ``q_value`` the same after Benjamini-Hochberg.
    """

    regression_id: Identifier
    revision: int = Field(default=1, ge=1)
    project: Identifier
    run_id: Identifier
    baseline_run_id: Identifier
    model: Identifier
    metric: Identifier
    slices: Slices
    pairs: int = Field(ge=1)
    passed_before: int = Field(ge=0)
    passed_after: int = Field(ge=0)
    lost: int = Field(ge=0)
    gained: int = Field(ge=0)
    p_value: float = Field(ge=0, le=1)
    q_value: float = Field(ge=0, le=1)
    verdict: Literal["regression"] = "regression"
    attribution: Attribution
    failure_ids: tuple[Identifier, ...] = ()


class AcceptanceCriterion(Value):
    """What a later evaluation has to show before the remediation counts as done."""

    metric: Identifier
    slices: Slices
    task: Identifier | None = None
    minimum_rate: float = Field(ge=0, le=1)
    significance: float = Field(default=0.05, gt=0, lt=1)


class RemediationRequested(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_requested.v1"
):
    """Data work that answers a finding, ranked and waiting for its Accountable.

    ``priority`` is WSJF: severity × reach × log lift over effort.
    """

    remediation_id: Identifier
    project: Identifier
    kind: RemediationKind
    slices: Slices
    category: FailureCategory | None = None
    regression_ids: tuple[Identifier, ...] = ()
    failure_ids: tuple[Identifier, ...] = ()
    model: Identifier | None = None
    priority: float
    quota: int = Field(default=0, ge=0)
    item_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000)
    cohort: str | None = None
    guideline_reference: str | None = None
    budget: float | None = None
    due_at: Instant | None = None
    owner: Identifier | None = None
    acceptance: AcceptanceCriterion | None = None
    reason: str
    policy_version: Identifier


class RemediationApproved(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_approved.v1"
):
    """The Accountable (or a budget they set) said yes; carries what the work needs."""

    remediation_id: Identifier
    project: Identifier
    kind: RemediationKind
    slices: Slices
    quota: int = Field(default=0, ge=0)
    item_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000)
    cohort: str | None = None
    approved_by: Identifier
    decision_id: Identifier | None = None


class RemediationDeclined(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_declined.v1"
):
    """The Accountable said no, and why."""

    remediation_id: Identifier
    project: Identifier
    declined_by: Identifier
    reason: str


class RemediationProgressed(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_progressed.v1"
):
    """A step of the work is done."""

    remediation_id: Identifier
    project: Identifier
    stage: Literal["sourced", "labelled", "released"]
    done: int = Field(ge=0)
    batch_id: Identifier | None = None


class RemediationCompleted(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_completed.v1"
):
    """The fix is in a dataset version; whether it helps is still to be shown."""

    remediation_id: Identifier
    project: Identifier
    dataset_version: DatasetReference


class Effect(Value):
    """The measured change of a slice's pass rate, with its 95 % interval."""

    before: float
    after: float
    difference: float
    lower: float
    upper: float
    p_value: float


class RemediationVerified(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_verified.v1"
):
    """A later evaluation of the same slice meets the acceptance criterion."""

    remediation_id: Identifier
    project: Identifier
    run_id: Identifier
    effect: Effect


class RemediationReopened(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_reopened.v1"
):
    """A later evaluation shows that the fix did not fix it."""

    remediation_id: Identifier
    project: Identifier
    run_id: Identifier
    effect: Effect
    reason: str


class FindingsDismissed(
    Payload, topic=TOPIC, key="run_id", type="aidataops.feedback.findings_dismissed.v1"
):
    """Failures that need no data work, and why: a finding never just disappears."""

    run_id: Identifier
    project: Identifier
    revision: int = Field(default=1, ge=1)
    failure_ids: tuple[Identifier, ...]
    reason: str
    policy_version: Identifier


class AutomationLevelChanged(
    Payload, topic=TOPIC, key="project", type="aidataops.feedback.automation_level_changed.v1"
):
    """Who labels a slice from now on: people, people with a model's help, or a model."""

    project: Identifier
    slices: Slices
    level: Literal["human", "assisted", "automatic"]
    expires_at: Instant
    evidence: str
