"""Which labels of a task are taken: a function of the set of submissions, not of their arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from aidataops.events.annotation import LabelSchema, Tier
from annotation_intake.domain.values import InvalidValueError, canonical_value

Status = Literal["waiting", "accepted", "rejected", "withdrawn"]
Code = Literal[
    "moved",
    "value",
    "guideline_version",
    "suspended",
    "excluded",
    "unassigned",
    "repeated",
    "surplus",
]


@dataclass(frozen=True, slots=True)
class Task:
    """What a label is judged by; ``characters`` is the length of the item's text, if it has one.

    ``assigned`` has the (vendor, annotator) to whom it was assigned, ``None`` where labels need no
    assignment.
    """

    task_id: str
    project: str
    batch_id: str
    item_id: str
    label_schema: LabelSchema
    guideline_version: str
    overlap: int
    slices: Mapping[str, str]
    characters: int | None = None
    tier: Tier = "tier1"
    excluded: frozenset[str] = frozenset()
    assigned: frozenset[tuple[str, str]] | None = None


class Submission(NamedTuple):
    """One revision of a vendor's annotation; a tuple, for many are read.

    ``suspended_at`` is set for suspended annotators, ``gone_at`` where the vendor's latest word is
    that the annotation is no longer there.
    """

    label_id: str
    revision: int
    vendor: str
    annotation_id: str
    task_id: str
    annotator: str
    pool: str
    value: str
    guideline_version: str
    submitted_at: datetime
    duration_seconds: float | None
    withdrawn: bool
    digest: str
    vendor_project: str | None = None
    vendor_task_id: str | None = None
    first_submitted_at: datetime | None = None
    suspended_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a submission is not taken, in words that its vendor can act on."""

    code: Code
    field: str
    value: str
    valid: str
    reason: str


class Label(NamedTuple):
    """Where an annotation stands; ``submission`` is the revision that counts."""

    status: Status
    submission: Submission | None = None


@dataclass(slots=True)
class Judgement:
    """Everything about the annotations of one task; rejections by (label, revision)."""

    labels: dict[str, Label] = field(default_factory=dict)
    rejections: dict[tuple[str, int], Rejection] = field(default_factory=dict)
    trusted: int = 0


Annotation = Sequence[Submission]
"""All revisions of an annotation that are known, the lowest first."""


def home_of(annotation: Annotation) -> str:
    """The task that an annotation belongs to: that of its lowest revision."""
    return annotation[0].task_id


def judge_task(task: Task | None, annotations: Sequence[Annotation]) -> Judgement:
    """Judge all annotations that belong to a task; to ``None`` when it is not known yet.

    Of each annotation the highest revision that is valid in itself counts: a wrong correction
    leaves the label as it was. Then one label per annotator, the earliest; of these the first
    ``overlap`` are accepted, by the time of submission and then by label id. A suspended
    annotator's earlier labels stay, but hold no place: the next in line moves up.
    """
    judgement = Judgement()
    candidates: list[tuple[datetime, str, Submission]] = []
    for annotation in annotations:
        valid = _check_revisions(annotation, task, judgement)
        label_id = annotation[0].label_id
        if task is None:
            judgement.labels[label_id] = Label("waiting")
        elif not valid:
            judgement.labels[label_id] = Label("rejected")
        elif valid[-1].withdrawn or _is_gone(valid[-1]):
            judgement.labels[label_id] = Label("withdrawn", valid[-1])
        else:
            candidates.append((_place_of(valid), label_id, valid[-1]))
    if task is not None:
        candidates.sort()  # label ids differ: submissions are never compared
        _fill_places(task, [submission for _, _, submission in candidates], judgement)
    return judgement


def _is_gone(submission: Submission) -> bool:
    return submission.gone_at is not None and submission.gone_at >= submission.submitted_at


def _place_of(valid: Annotation) -> datetime:
    return min(one.first_submitted_at or one.submitted_at for one in valid)


def _check_revisions(
    annotation: Annotation, task: Task | None, judgement: Judgement
) -> list[Submission]:
    """The revisions that are valid in themselves, their values in canonical form."""
    valid = []
    home = home_of(annotation)
    for submission in annotation:
        checked: Submission | Rejection = submission
        if submission.task_id != home:
            checked = _moved(submission, home)
        elif task is not None and not submission.withdrawn:
            checked = _check_content(submission, task)
        if isinstance(checked, Submission):
            valid.append(checked)
        else:
            judgement.rejections[submission.label_id, submission.revision] = checked
    return valid


def _moved(submission: Submission, home: str) -> Rejection:
    return Rejection(
        "moved",
        "task_id",
        submission.task_id,
        home,
        "an annotation stays with its task: withdraw it and send a new one for the other task",
    )


def _check_content(submission: Submission, task: Task) -> Submission | Rejection:
    try:
        value = canonical_value(task.label_schema, submission.value, characters=task.characters)
    except InvalidValueError as error:
        return Rejection("value", error.field, error.value, error.valid, error.reason)
    if submission.guideline_version != task.guideline_version:
        return Rejection(
            "guideline_version",
            "guideline_version",
            submission.guideline_version,
            task.guideline_version,
            "the task is to be labelled under another version of the guideline",
        )
    if submission.suspended_at is not None and submission.submitted_at > submission.suspended_at:
        return Rejection(
            "suspended",
            "annotator",
            submission.annotator,
            "an annotator who is not suspended in this project",
            "the annotator lost the test against golden items and was suspended before this label",
        )
    if submission.annotator in task.excluded:
        return Rejection(
            "excluded",
            "annotator",
            submission.annotator,
            "an annotator who has not labelled this item before",
            "nobody reviews an item that they have labelled themselves",
        )
    if task.assigned is not None and (submission.vendor, submission.annotator) not in task.assigned:
        return Rejection(
            "unassigned",
            "annotator",
            submission.annotator,
            "an annotator to whom the task was assigned",
            "the project takes labels of assigned tasks only: ask for work (work_requested) first",
        )
    return submission if value == submission.value else submission._replace(value=value)


def _fill_places(task: Task, queue: Sequence[Submission], judgement: Judgement) -> None:
    first_of: dict[tuple[str, str], Submission] = {}
    for submission in queue:
        first = first_of.setdefault((submission.vendor, submission.annotator), submission)
        if first is not submission:
            _reject(judgement, submission, _repeated(submission, first))
    distinct = list(first_of.values())
    trusted = [one for one in distinct if one.suspended_at is None][: task.overlap]
    places = {one.label_id for one in (*distinct[: task.overlap], *trusted)}
    for submission in distinct:
        if submission.label_id in places:
            judgement.labels[submission.label_id] = Label("accepted", submission)
        else:
            _reject(judgement, submission, _surplus(task))
    judgement.trusted = len(trusted)


def _reject(judgement: Judgement, submission: Submission, rejection: Rejection) -> None:
    judgement.labels[submission.label_id] = Label("rejected", submission)
    judgement.rejections[submission.label_id, submission.revision] = rejection


def _repeated(submission: Submission, first: Submission) -> Rejection:
    return Rejection(
        "repeated",
        "annotator",
        submission.annotator,
        "an annotator who has not labelled this task",
        "the annotator has labelled this task already: to change that label send a higher "
        f"revision of annotation {first.annotation_id}",
    )


def _surplus(task: Task) -> Rejection:
    return Rejection(
        "surplus",
        "task_id",
        task.task_id,
        "a task that still wants labels",
        f"the task has its {task.overlap} labels from earlier submissions",
    )
