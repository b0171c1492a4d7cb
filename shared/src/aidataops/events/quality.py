"""Whether the labels can be trusted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Payload, Slices, Term, Value

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
    ``reason`` is ``no_variation`` or ``no_overlap``.
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
    """How well annotators agree within a scope; the floor is held against the lower bound."""

    project: Identifier
    scope: Scope
    scope_value: str
    batch_id: Identifier | None = None
    agreement: Agreement
    floor: float
    verdict: Verdict


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
    """A chart left its limits; names what changed."""

    project: Identifier
    chart: Literal["ewma", "cusum"]
    annotator: Identifier | None = None
    cohort: str | None = None
    slices: Slices = {}
    statistic: float
    limit: float


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
    """An annotator earned their way back through calibration."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    reason: str


class ReviewRequested(
    Payload, topic=TOPIC, key="project", type="aidataops.quality.review_requested.v1"
):
    """An item needs another pair of eyes, of somebody who did not label it.

    ``reason`` is e.g. ``low_confidence``, ``too_few_labels``, ``tie``.
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


class GateCheck(Value):
    """One check of the release gate with its figure; ``name`` is e.g. ``agreement``."""

    name: Term
    verdict: Verdict
    figure: float | None = None
    floor: float | None = None
    detail: str = ""


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
