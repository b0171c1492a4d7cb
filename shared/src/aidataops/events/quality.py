"""Whether the labels can be trusted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value

TOPIC = "quality.findings"

Verdict = Literal["passed", "failed", "inconclusive"]
Scope = Literal["project", "batch", "slice", "cohort", "guideline_version", "annotator_pair"]


class GoldenItem(Value):
    """An item whose right answer is known."""

    item_id: Identifier
    text: str
    slices: Slices = {}
    value: str


class GoldenItemsDefined(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.golden_items_defined.v1"
):
    """Items with known answers, to be hidden among the tasks of a project."""

    project: Identifier
    items: tuple[GoldenItem, ...] = Field(min_length=1, max_length=1000)


class Agreement(Value):
    """A coefficient with its 95 % bootstrap interval, or the reason why there is none.

    ``coefficient`` is e.g. ``krippendorff_alpha_ordinal``, ``fleiss_kappa``, ``gwet_ac1``;
    ``reason`` is e.g. ``no_variation``, ``no_overlap`` or ``unreadable_values``.
    """

    coefficient: Term = "krippendorff_alpha_nominal"
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    reason: Term | None = None
    units: int = Field(ge=0)
    labels: int = Field(ge=0)
    annotators: int = Field(ge=0)


class AgreementMeasured(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.agreement_measured.v1"
):
    """How well annotators agree within a scope; the floor is held against the lower bound.

    ``agreement`` is the coefficient that counts, ``further`` are others over the same labels.
    ``warnings`` say what to beware of, e.g. ``prevalence``: one value is so frequent that alpha is
    low although people agree. ``standard`` is the decision that set the floor, where one did. The
    ``scope_value`` of a pair is a JSON array of two [vendor, annotator], of a slice ``name=value``.
    """

    project: Identifier
    scope: Scope
    scope_value: str
    batch_id: Identifier | None = None
    agreement: Agreement
    floor: float
    verdict: Verdict
    further: tuple[Agreement, ...] = ()
    warnings: tuple[Term, ...] = ()
    standard: Identifier | None = None


class Confusion(Value):
    """Two values that annotators take for each other.

    ``share`` is their part of all disagreement, ``cost`` the agreement that is lost by it,
    ``section`` the part of the guideline that should tell them apart, where one says that it does.
    """

    values: tuple[str, ...] = Field(min_length=2, max_length=2)
    share: float = Field(ge=0, le=1)
    cost: float = Field(ge=0)
    section: Identifier | None = None


class ConfusionMeasured(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.confusion_measured.v1"
):
    """Which values are confused most under a guideline version, costliest first.

    They are that guideline's bugs.
    """

    project: Identifier
    guideline_version: Identifier
    agreement: Agreement
    confusions: tuple[Confusion, ...]


class GoldenScored(Payload, topic=TOPIC, key="project", type="aidataops.quality.golden_scored.v1"):
    """An annotator answered a golden item; where Wald's test stands for them now.

    ``log_likelihood_ratio`` above 2.890 suspends, below -2.251 qualifies; the Wilson interval is
    that of correct over total.
    """

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    label_id: Identifier
    item_id: Identifier
    correct: bool
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=1)
    log_likelihood_ratio: float
    wilson_lower: float
    wilson_upper: float


class DriftDetected(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.drift_detected.v1"
):
    """A chart left its limits; names what changed.

    ``scope`` and ``scope_value`` are the series that was watched (``project``, ``annotator``,
    ``cohort``, ``slice``); ``annotator``, ``cohort`` and ``slices`` those in which its score fell
    most. The alarm came with ``batch_id``; the change seems to have begun ``batches_since_change``
    batches before it. The means are of the score before and since.
    """

    project: Identifier
    chart: Literal["ewma", "cusum"]
    annotator: Identifier | None = None
    cohort: str | None = None
    slices: Slices = {}
    statistic: float
    limit: float
    vendor: Identifier | None = None
    scope: Term | None = None
    scope_value: str | None = None
    batch_id: Identifier | None = None
    batches_since_change: int | None = Field(default=None, ge=1)
    mean_before: float | None = None
    mean_since: float | None = None


class AnnotatorSuspended(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.annotator_suspended.v1"
):
    """The test against golden items was lost: labels of this annotator count no more."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=1)
    log_likelihood_ratio: float
    wilson_lower: float
    wilson_upper: float
    reason: str


class AnnotatorReinstated(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.annotator_reinstated.v1"
):
    """An annotator earned their way back through calibration, or the suspension was unfounded.

    Of labels given until ``trusted_after`` none counts, though the annotator is back.
    """

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    reason: str
    trusted_after: Instant | None = None


class AnnotatorFlagged(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.annotator_flagged.v1"
):
    """Somebody should look at an annotator; nothing follows by itself.

    ``flag`` is e.g. ``no_information`` (their labels say nothing about the items), ``collusion``
    (they err together with the one in ``with_annotator``), ``leak_fast`` or ``leak_alike`` (golden
    items are answered as if they were known). ``cleared`` takes the flag back. ``evidence`` holds
    the figures.
    """

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    flag: Term
    cleared: bool = False
    with_annotator: Identifier | None = None
    with_vendor: Identifier | None = None
    evidence: dict[str, float] = {}
    detail: str = ""


class ReviewRequested(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.review_requested.v1"
):
    """An item needs another pair of eyes, of somebody who did not label it.

    ``reason`` is e.g. ``low_confidence``, ``too_few_labels``, ``tie``; with ``more_overlap`` the
    item may have its value, but its cohort needs more labels to be measured.
    """

    project: Identifier
    batch_id: Identifier
    item_id: Identifier
    reason: Term
    excluded_annotators: tuple[Identifier, ...] = ()


class ConsensusReached(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.consensus_reached.v1"
):
    """What the trusted labels of an item say together; ``method`` is e.g. ``majority``."""

    project: Identifier
    batch_id: Identifier
    item_id: Identifier
    value: str
    confidence: float = Field(ge=0, le=1)
    method: Term = "majority"
    label_ids: tuple[Identifier, ...]


class ConsensusMethodSelected(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.consensus_method_selected.v1"
):
    """How a project weighs its labels from now on; the highest ``revision`` counts.

    ``method`` is one of ``majority``, ``wawa``, ``dawid_skene``, ``glad``, ``mace``; one that is
    not known here counts as ``majority``.
    """

    project: Identifier
    method: Term
    selected_by: Identifier
    revision: int = Field(default=1, ge=1)


class MethodAccuracy(Value):
    """How often a method finds the answer of golden items that it does not know."""

    method: Term
    correct: int = Field(ge=0)
    total: int = Field(ge=0)
    wilson_lower: float
    wilson_upper: float


class ConsensusMethodRecommended(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.consensus_method_recommended.v1"
):
    """The method that does best on a project's own golden items; the simplest of equals."""

    project: Identifier
    method: Term
    accuracies: tuple[MethodAccuracy, ...] = Field(min_length=1)


class GateCheck(Value):
    """One check of the release gate with its figure; ``name`` is e.g. ``agreement``.

    ``standard`` is the decision that set the floor, ``waiver`` the one that lets the batch pass in
    spite of this check, until ``waived_until``.
    """

    name: Term
    verdict: Verdict
    figure: float | None = None
    floor: float | None = None
    detail: str = ""
    standard: Identifier | None = None
    waiver: Identifier | None = None
    waived_until: Instant | None = None


class ReleasedItem(Value):
    """An item as it leaves QA; ``label_ids`` and ``cohorts`` are its lineage."""

    item_id: Identifier
    value: str
    confidence: float
    label_ids: tuple[Identifier, ...]
    cohorts: tuple[str, ...]
    slices: Slices = {}


class BatchReleased(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.batch_released.v1"
):
    """A batch passed the gate; there is no release without an agreement measurement.

    ``revision`` grows when late labels change the verdict; the highest counts.
    """

    project: Identifier
    batch_id: Identifier
    revision: int = Field(default=1, ge=1)
    remediation_id: Identifier | None = None
    agreement: Agreement
    checks: tuple[GateCheck, ...] = Field(min_length=1)
    items: tuple[ReleasedItem, ...]


class BatchBlocked(Payload, topic=TOPIC, key="project", type="aidataops.quality.batch_blocked.v1"):
    """A batch did not pass; each check says why."""

    project: Identifier
    batch_id: Identifier
    revision: int = Field(default=1, ge=1)
    remediation_id: Identifier | None = None
    agreement: Agreement | None = None
    checks: tuple[GateCheck, ...] = Field(min_length=1)
