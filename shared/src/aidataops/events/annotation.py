"""Who labels what: projects, tasks, labels."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value

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


class TaskCreated(Payload, topic=TASKS, key="project", type="aidataops.annotation.task_created.v1"):
    """An item is to be labelled ``overlap`` times by different people, none of them excluded.

    A golden item looks like any other here: nothing in a task may tell it apart. ``batch_size`` is
    the number of tasks of the batch, so that a reader knows when it has seen them all.
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


class TaskCompleted(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.task_completed.v1"
):
    """A task has its labels."""

    task_id: Identifier
    project: Identifier
    batch_id: Identifier
    item_id: Identifier
    labels: int = Field(ge=1)


class LabelSubmitted(
    Payload, topic=INBOUND, key="task_id", type="aidataops.annotation.label_submitted.v1"
):
    """A vendor's label as it comes in: the only event that outsiders write to Kafka themselves.

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
