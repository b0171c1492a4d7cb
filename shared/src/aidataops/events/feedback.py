"""What a failing evaluation turns into, and how it ends."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value
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
    """How strongly a cohort of training data is associated with the failing slice.

    ``basis`` says what is compared: ``composition`` (rows of the slice after and before, with their
    shares) or ``items`` (rows that failures name as suspects and all others; the shares are then of
    the suspects). ``lower`` and ``upper`` are Woolf's 95 % interval of the odds ratio; the pooled
    ratio of Mantel and Haenszel holds the strata apart that a crude table would mix. ``quality`` is
    what quality control has said of the cohort.
    """

    cohort: str
    items: int = Field(ge=0)
    share_before: float = Field(ge=0, le=1)
    share_after: float = Field(ge=0, le=1)
    odds_ratio: float | None = None
    p_value: float | None = None
    lower: float | None = None
    upper: float | None = None
    q_value: float | None = None
    mantel_haenszel: float | None = None
    mantel_haenszel_lower: float | None = None
    mantel_haenszel_upper: float | None = None
    basis: Term = "composition"
    quality: str | None = None


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

    Paired by sample: ``lost`` were right before and are wrong now, ``gained`` the other way round.
    ``test`` says where ``p_value`` is from: ``mcnemar_exact``, ``clustered_bootstrap`` (graded
    scores and repeated epochs; ``difference`` of the mean score with its 95 % interval) or, where
    no sample is in both runs, ``two_proportion``: then ``pairs`` are the samples of this run,
    ``passed_before`` the baseline's rate applied to as many, ``samples_before`` those of the
    baseline. ``q_value`` is corrected over all metrics and slices by ``correction``; ``discovered``
    slices were found by search.
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
    test: Term = "mcnemar_exact"
    correction: Term = "benjamini_hochberg"
    discovered: bool = False
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    samples_before: int | None = None


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


class RemediationBlocked(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_blocked.v1"
):
    """Somebody said yes, and yet the work may not start: who answers for it is not in order.

    ``reason`` is e.g. ``no_accountable``, ``several_accountable``, ``external_accountable``,
    ``approver_is_author``, ``consultation_open``; ``budget_spent`` where nobody said yes, and the
    policy would, were more of the budget left. ``detail`` says it for people.
    """

    remediation_id: Identifier
    project: Identifier
    revision: int = Field(default=1, ge=1)
    reason: Term
    detail: str
    decision_id: Identifier | None = None


class RemediationUnblocked(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_unblocked.v1"
):
    """What blocked a remediation is in order now."""

    remediation_id: Identifier
    project: Identifier
    revision: int = Field(default=1, ge=1)


class RemediationScheduled(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_scheduled.v1"
):
    """Until when data work is promised, by what the people who label can do.

    ``due_at`` is ``wanted_at``, the policy's date, or later where its ``labels`` (those that no
    task asks for yet) cannot be done by then: ``labels_before`` are done before them. Said again
    when it moves by a day or more; the highest ``revision`` counts.
    """

    remediation_id: Identifier
    project: Identifier
    revision: int = Field(default=1, ge=1)
    due_at: Instant
    wanted_at: Instant | None = None
    labels: int = Field(ge=0)
    labels_before: int = Field(ge=0)
    reason: str


class RemediationDelayed(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.remediation_delayed.v1"
):
    """Data work is late by the date that was promised last; said once for each such date.

    ``state`` is where it stands: ``requested``, ``approved`` or ``in_progress``.
    """

    remediation_id: Identifier
    project: Identifier
    revision: int = Field(default=1, ge=1)
    due_at: Instant
    state: Term
    owner: Identifier | None = None
    reason: str


class FailuresJoined(
    Payload, topic=TOPIC, key="remediation_id", type="aidataops.feedback.failures_joined.v1"
):
    """More failures of a cause that a remediation answers already: a storm, told batch by batch."""

    remediation_id: Identifier
    project: Identifier
    failure_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000)


class PolicyAdopted(
    Payload, topic=TOPIC, key="subject", type="aidataops.feedback.policy_adopted.v1"
):
    """A version of a routing policy was accepted: findings are routed by the latest of them."""

    subject: Identifier
    version: Identifier
    changed_by: Identifier
    revision: int = Field(default=1, ge=1)


class PolicyRefused(
    Payload, topic=TOPIC, key="subject", type="aidataops.feedback.policy_refused.v1"
):
    """A routing policy was not adopted, and why; the one before stays in force."""

    subject: Identifier
    version: Identifier
    changed_by: Identifier
    revision: int = Field(default=1, ge=1)
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
    """Who labels a slice from now on: people, people with a model's help, or a model.

    ``reason`` is ``decided``, ``expired`` or ``drift``; the highest ``revision`` of (project,
    slices) counts.
    """

    project: Identifier
    slices: Slices
    level: Literal["human", "assisted", "automatic"]
    expires_at: Instant
    evidence: str
    reason: Term = "decided"
    decision_id: Identifier | None = None
    revision: int = Field(default=1, ge=1)
