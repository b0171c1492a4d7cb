"""Who labels what, under which guideline."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value
from aidataops.events.evaluation import FailureCategory
from aidataops.events.governance import Role

INBOUND = "annotation.inbound"
TASKS = "annotation.tasks"
LABELS = "annotation.labels"

Tier = Literal["tier1", "tier2", "adjudication"]


class LabelSchema(Value):
    """What a label of this project may be.

    A label's ``value`` is text: a category, a level, one side or ``tie``, the text itself, and for
    several labels, a ranking or spans the JSON of an array. ``categories`` are the choices of
    ``categorical`` and ``multi_label``, the levels of ``ordinal`` from low to high, the sides of
    ``pairwise``, the candidates of ``ranking`` and the types of ``spans``; ``text`` has none.
    """

    kind: Term = "categorical"
    categories: tuple[Identifier, ...] = ()
    allow_tie: bool = True
    maximum_characters: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _has_choices(self) -> LabelSchema:
        fewest = {"text": 0, "spans": 1}.get(self.kind, 2)
        if len(set(self.categories)) != len(self.categories) or len(self.categories) < fewest:
            raise ValueError(f"categories: a {self.kind} schema needs at least {fewest}, each once")
        return self


class ProjectDefined(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.project_defined.v1"
):
    """A labelling project: its schema, how many labels an item gets, and the floor they must hold.

    ``dataset`` is where its released batches go. ``revision`` orders definitions: the highest wins.
    With ``review`` an item that QA wants reviewed gets a task of tier 2, and one of adjudication
    where the reviewer agrees with none of its labels.

    Who asks for work (``work_requested``) has ``assignment_seconds`` for it. With ``assigned_only``
    labels are taken from people to whom the task was assigned, with ``qualified_only`` work goes to
    people who are qualified under the task's guideline in its domain; others get golden items.
    """

    project: Identifier
    revision: int = Field(default=1, ge=1)
    name: str
    dataset: Identifier
    label_schema: LabelSchema
    guideline_version: Identifier
    overlap: int = Field(default=3, ge=1)
    agreement_floor: float = Field(default=0.667, ge=-1, le=1)
    golden_rate: float = Field(default=0.1, ge=0, le=1)
    accountable: Identifier
    review: bool = False
    assigned_only: bool = False
    qualified_only: bool = False
    assignment_seconds: float = Field(default=3600.0, ge=1, le=31_536_000)


class GuidelineSection(Value):
    """A part of a guideline that can be flagged; ``confusions`` are pairs it tells apart."""

    section: Identifier
    title: str
    text: str = ""
    confusions: tuple[tuple[Identifier, ...], ...] = ()


class Concept(Value):
    """A category of the ontology: what it means, with examples and counterexamples."""

    category: Identifier
    meaning: str
    parent: Identifier | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


class GuidelineProposed(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_proposed.v1"
):
    """A draft of a guideline version, to be calibrated and signed off by somebody else."""

    project: Identifier
    guideline_version: Identifier
    proposed_by: Identifier
    supersedes: Identifier | None = None
    sections: tuple[GuidelineSection, ...] = ()
    ontology: tuple[Concept, ...] = ()


class GuidelinePublished(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_published.v1"
):
    """A guideline version is in force, signed off by an expert after a calibration round.

    Versions are semantic. A major one needs ``signed_off_as`` ``consulted`` and a calibration: the
    α that was measured, or the batch for which QA measures it. ``reannotate`` has the items
    labelled again whose labels it makes stale.
    """

    project: Identifier
    guideline_version: Identifier
    signed_off_by: Identifier
    calibration_alpha: float | None = None
    signed_off_as: Role | None = None
    calibration_batch_id: Identifier | None = None
    reannotate: bool = True


class GuidelineRefused(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_refused.v1"
):
    """A guideline version did not come into force: what is missing, and what would do."""

    project: Identifier
    guideline_version: Identifier
    signed_off_by: Identifier
    field: str
    value: str
    valid: str
    reason: str


class LabelsStale(Payload, topic=TASKS, key="project", type="aidataops.annotation.labels_stale.v1"):
    """Labels were given under a guideline whose major version has been superseded.

    Each label is listed once per superseding version, in events of at most 1000.
    """

    project: Identifier
    guideline_version: Identifier
    superseded_by: Identifier
    label_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000)
    item_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000)


class TaskCreated(Payload, topic=TASKS, key="project", type="aidataops.annotation.task_created.v1"):
    """An item is to be labelled ``overlap`` times by different people, none of them excluded.

    A golden item looks like any other here: nothing in a task may tell it apart. ``batch_size`` is
    the number of tasks of the batch, so that a reader knows when it has seen them all. Where
    ``assigned_only`` is set, ask for the task (``work_requested``) before labelling it.
    """

    task_id: Identifier
    project: Identifier
    batch_id: Identifier
    batch_size: int = Field(ge=1)
    item_id: Identifier
    text: str | None = None
    uri: str | None = None
    slices: Slices = {}
    label_schema: LabelSchema
    guideline_version: Identifier
    overlap: int = Field(ge=1)
    tier: Tier = "tier1"
    remediation_id: Identifier | None = None
    excluded_annotators: tuple[Identifier, ...] = ()
    assigned_only: bool = False


class TaskAssigned(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.task_assigned.v1"
):
    """The answer to a request for work: these tasks are one annotator's until ``expires_at``.

    Labels of theirs name this ``pool``. With fewer tasks than were asked for, or none, ``reason``
    says why. What is not labelled in time goes to others (``task_requeued``); nothing in an answer
    tells golden items apart.
    """

    request_id: Identifier
    project: Identifier
    vendor: Identifier
    annotator: Identifier
    pool: Identifier | None = None
    task_ids: tuple[Identifier, ...] = Field(default=(), max_length=100)
    expires_at: Instant | None = None
    reason: str = ""


class TaskRequeued(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.task_requeued.v1"
):
    """An assignment is over without a label; ``reason`` is e.g. ``expired``, ``suspended``.

    A label that comes all the same is judged like any other.
    """

    request_id: Identifier
    task_id: Identifier
    project: Identifier
    vendor: Identifier
    annotator: Identifier
    reason: Term


class TaskCompleted(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.task_completed.v1"
):
    """A task has its labels."""

    task_id: Identifier
    project: Identifier
    batch_id: Identifier
    item_id: Identifier
    labels: int = Field(ge=1)


class CapacityChanged(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_changed.v1"
):
    """How much a pool can do and how much waits for it.

    ``backlog`` counts labels. ``lead_time_hours`` is what Little's law says that a label submitted
    to the queue now waits, ``promised_at`` when the backlog is done in the pool's hours, and
    ``annotators_needed`` what Erlang C asks for.
    """

    project: Identifier
    pool: Identifier
    vendor: Identifier
    annotators: int = Field(ge=0)
    backlog: int = Field(ge=0)
    throughput_per_hour: float | None = Field(default=None, ge=0)
    lead_time_hours: float | None = Field(default=None, ge=0)
    annotators_needed: int | None = Field(default=None, ge=0)
    promised_at: Instant | None = None


class PoolMember(Value):
    """Somebody who labels, and the domains that they know; none means any."""

    annotator: Identifier
    skills: tuple[Identifier, ...] = ()


class Shift(Value):
    """When a pool works, every week: Monday is 0; hours of the day in UTC, ``closes`` excluded."""

    weekday: int = Field(ge=0, le=6)
    opens: float = Field(ge=0, lt=24)
    closes: float = Field(gt=0, le=24)

    @model_validator(mode="after")
    def _is_open(self) -> Shift:
        if self.closes <= self.opens:
            raise ValueError("closes: a shift ends after it opens; split it at midnight")
        return self


class PoolDefined(Payload, topic=TASKS, key="project", type="aidataops.annotation.pool_defined.v1"):
    """A standing pool of annotators: who, when, how fast, at what price.

    The highest ``revision`` counts. ``handling_seconds`` is what one label takes; ``service_level``
    of the tasks are to be begun within ``target_wait_seconds``. No shifts means always.
    """

    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    members: tuple[PoolMember, ...] = ()
    shifts: tuple[Shift, ...] = ()
    handling_seconds: float = Field(default=60.0, gt=0)
    service_level: float = Field(default=0.95, gt=0, lt=1)
    target_wait_seconds: float = Field(default=3600.0, ge=0)


class AnnotatorQualified(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.annotator_qualified.v1"
):
    """An annotator passed Wald's test on the golden items of a domain under a guideline version."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    guideline_version: Identifier
    domain: Identifier
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=1)
    log_likelihood_ratio: float
    expires_at: Instant


class AnnotatorQualificationExpired(
    Payload,
    topic=TASKS,
    key="project",
    type="aidataops.annotation.annotator_qualification_expired.v1",
):
    """A qualification is over; ``reason`` is e.g. ``expired``, ``failed``."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    guideline_version: Identifier
    domain: Identifier
    reason: Term


class CapacityRequested(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_requested.v1"
):
    """Somebody wants more annotators in a pool."""

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    annotators: int = Field(ge=1)
    requested_by: Identifier
    reason: str = ""


class CapacityGranted(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_granted.v1"
):
    """The scale gate lets a pool grow: the agreement's lower bound holds the floor.

    The highest ``revision`` of a request counts; it grows when a measurement comes late.
    """

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    annotators: int = Field(ge=1)
    agreement_lower: float
    floor: float


class CapacityRefused(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_refused.v1"
):
    """The scale gate refuses more people: they would only make more of what does not agree.

    The highest ``revision`` of a request counts. ``agreement_lower`` is ``None`` when no agreement
    had been measured.
    """

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    annotators: int = Field(ge=1)
    agreement_lower: float | None = None
    floor: float
    reason: str


class CapacityForecast(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_forecast.v1"
):
    """What the open remediations of a project will ask of its annotators.

    ``labels`` are those still to come, ``hours`` of handling, ``annotators`` what Erlang C asks for
    when they come in over ``horizon_hours``.
    """

    project: Identifier
    remediations: int = Field(ge=0)
    labels: int = Field(ge=0)
    hours: float = Field(ge=0)
    horizon_hours: float = Field(gt=0)
    annotators: int = Field(ge=0)


class CostReported(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.cost_reported.v1"
):
    """What a vendor charged for a period; a statement sent again replaces itself."""

    statement_id: Identifier
    project: Identifier
    vendor: Identifier
    amount: float = Field(ge=0)
    currency: str = Field(min_length=3, max_length=3)
    period_from: Instant
    period_until: Instant


class VendorScored(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.vendor_scored.v1"
):
    """How good, fast and dear a vendor is in a project; ``None`` where nothing is known.

    The golden interval is Wilson's at 95 %; ``alpha`` the mean of its cohorts, weighted by labels;
    ``rework`` the share of labels that were rejected or corrected; lead time is from task to label.
    """

    project: Identifier
    vendor: Identifier
    accepted: int = Field(ge=0)
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=0)
    golden_lower: float
    golden_upper: float
    alpha: float | None = None
    rework: float | None = None
    lead_time_p95_hours: float | None = None
    cost_per_accepted_label: float | None = None
    currency: str | None = None


class WorkRequested(
    Payload, topic=INBOUND, key="vendor", type="aidataops.annotation.work_requested.v1"
):
    """An annotator, or their vendor's tool, asks for tasks; ``task_assigned`` answers.

    Identity is (vendor, request_id): the same request sent again gets nothing more. Without
    ``pool`` it is the first by name that the annotator is a member of, without ``tier`` any.
    """

    request_id: Identifier
    project: Identifier
    vendor: Identifier
    annotator: Identifier
    pool: Identifier | None = None
    tier: Tier | None = None
    tasks: int = Field(default=1, ge=1, le=100)


class LabelSubmitted(
    Payload, topic=INBOUND, key="task_id", type="aidataops.annotation.label_submitted.v1"
):
    """A vendor's label as it comes in.

    Identity is (vendor, annotation_id, revision). ``value`` is checked against the project's
    schema; ``withdrawn`` takes the annotation back. ``vendor_project`` and ``vendor_task_id`` are
    the vendor's own names, by which it may later take labels back. ``first_submitted_at`` is the
    time of the annotation's first revision, where the vendor knows it: a correction keeps the place
    of what it corrects.
    """

    vendor: Identifier
    annotation_id: Identifier
    revision: int = Field(default=1, ge=1)
    task_id: Identifier
    annotator: Identifier
    pool: Identifier = "default"
    value: str
    guideline_version: Identifier
    submitted_at: Instant
    duration_seconds: float | None = Field(default=None, ge=0)
    withdrawn: bool = False
    vendor_project: Identifier | None = None
    vendor_task_id: Identifier | None = None
    first_submitted_at: Instant | None = None


class LabelsWithdrawn(
    Payload, topic=INBOUND, key="vendor", type="aidataops.annotation.labels_withdrawn.v1"
):
    """A vendor's annotations, or all annotations of its tasks, are gone since a time.

    For vendors that only say which: revisions submitted later stand.
    """

    vendor: Identifier
    vendor_project: Identifier
    annotation_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000)
    vendor_task_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000)
    withdrawn_at: Instant


class LabelsReconciled(
    Payload, topic=INBOUND, key="vendor", type="aidataops.annotation.labels_reconciled.v1"
):
    """All annotations that a vendor's project had at a time; the others are gone.

    Long lists come in parts: this one speaks for the annotation ids above ``after`` up to
    ``until``, compared by bytes; ``None`` means no bound. Revisions submitted later stand.
    """

    vendor: Identifier
    vendor_project: Identifier
    exported_at: Instant
    annotation_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000)
    after: Identifier | None = None
    until: Identifier | None = None


class LabelAccepted(
    Payload, topic=LABELS, key="item_id", type="aidataops.annotation.label_accepted.v1"
):
    """A valid label with everything that its quality is later judged by.

    ``label_id`` is stable over revisions of the vendor's annotation; the highest ``revision``
    counts. ``cohort`` is ``vendor/pool/guideline_version/batch``.
    """

    label_id: Identifier
    revision: int = Field(ge=1)
    project: Identifier
    task_id: Identifier
    batch_id: Identifier
    item_id: Identifier
    annotator: Identifier
    vendor: Identifier
    pool: Identifier
    guideline_version: Identifier
    cohort: str = Field(min_length=1)
    tier: Tier = "tier1"
    value: str
    slices: Slices = {}
    submitted_at: Instant
    duration_seconds: float | None = None
    withdrawn: bool = False


class LabelRejected(
    Payload, topic=LABELS, key="task_id", type="aidataops.annotation.label_rejected.v1"
):
    """A label that could not be taken: the field, its value, and what would have been valid."""

    vendor: Identifier
    annotation_id: Identifier
    revision: int
    task_id: Identifier
    annotator: Identifier
    project: Identifier | None = None
    field: str
    value: str
    valid: str
    reason: str


class GuidelineFlagged(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_flagged.v1"
):
    """Somebody found a gap or an ambiguity in a section of the guideline."""

    project: Identifier
    guideline_version: Identifier
    section: Identifier
    flagged_by: Identifier
    kind: Literal["gap", "ambiguity"]
    note: str
    category: FailureCategory | None = None
