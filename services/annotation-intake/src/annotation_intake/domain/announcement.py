"""What others are told about a label, given what they were told before."""

from __future__ import annotations

from typing import NamedTuple

from aidataops.events.annotation import LabelAccepted, LabelRejected, TaskCompleted
from annotation_intake.domain.identity import cohort_of
from annotation_intake.domain.judgement import (
    Annotation,
    Judgement,
    Label,
    Rejection,
    Submission,
    Task,
)


class Published(NamedTuple):
    """The last ``LabelAccepted`` of a label: its revision, and the submission that it told of.

    ``digest`` is ``None`` when there is none or it was taken back; ``task_id`` is the task it
    belonged to.
    """

    revision: int = 0
    digest: str | None = None
    task_id: str | None = None


def announce_label(
    label: Label,
    annotation: Annotation,
    judgement: Judgement,
    published: Published,
    tasks: dict[str, Task],
) -> LabelAccepted | None:
    """The ``LabelAccepted`` that brings others up to date, or ``None`` when they are.

    A label that no longer stands is taken back by a higher revision with ``withdrawn``; not so for
    a suspension: the published labels of a suspended annotator are the evidence against them.
    """
    counted = label.submission
    if label.status == "accepted" and counted is not None:
        if counted.digest == published.digest:
            return None
        return _tell(counted, tasks[counted.task_id], published.revision + 1, withdrawn=False)
    task = tasks.get(published.task_id or "")
    if published.digest is None or task is None or _is_suspended(annotation, judgement):
        return None
    told = [one for one in annotation if one.digest == published.digest]
    standing = counted if label.status == "withdrawn" and counted else (told or annotation)[-1]
    return _tell(standing, task, published.revision + 1, withdrawn=True)


def _is_suspended(annotation: Annotation, judgement: Judgement) -> bool:
    rejections = (judgement.rejections.get((one.label_id, one.revision)) for one in annotation)
    return any(one is not None and one.code == "suspended" for one in rejections)


def _tell(submission: Submission, task: Task, revision: int, *, withdrawn: bool) -> LabelAccepted:
    return LabelAccepted(
        label_id=submission.label_id,
        revision=revision,
        project=task.project,
        task_id=task.task_id,
        batch_id=task.batch_id,
        item_id=task.item_id,
        annotator=submission.annotator,
        vendor=submission.vendor,
        pool=submission.pool,
        guideline_version=submission.guideline_version,
        cohort=cohort_of(
            submission.vendor, submission.pool, submission.guideline_version, task.batch_id
        ),
        tier=task.tier,
        value=submission.value,
        slices=dict(task.slices),
        submitted_at=submission.submitted_at,
        duration_seconds=submission.duration_seconds,
        withdrawn=withdrawn,
    )


def announce_rejection(
    submission: Submission, rejection: Rejection, task: Task | None
) -> LabelRejected:
    """Tell the vendor which field is wrong and what would be right."""
    return LabelRejected(
        vendor=submission.vendor,
        annotation_id=submission.annotation_id,
        revision=submission.revision,
        task_id=submission.task_id,
        annotator=submission.annotator,
        project=task.project if task else None,
        field=rejection.field,
        value=rejection.value,
        valid=rejection.valid,
        reason=rejection.reason,
    )


def announce_conflict(submission: Submission) -> LabelRejected:
    """Tell the vendor that a revision came twice with different content; one of them counts."""
    return announce_rejection(
        submission,
        Rejection(
            "repeated",
            "revision",
            str(submission.revision),
            f"a revision above {submission.revision}",
            "this revision of the annotation was submitted with another content, which counts",
        ),
        None,
    )


def announce_completion(task: Task, judgement: Judgement) -> TaskCompleted:
    """A task has as many labels of trusted annotators as it wants."""
    return TaskCompleted(
        task_id=task.task_id,
        project=task.project,
        batch_id=task.batch_id,
        item_id=task.item_id,
        labels=judgement.trusted,
    )
