"""Labels on their way in: judged task by task, again whenever something about a task changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted
from aidataops.events.quality import AnnotatorSuspended
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.domain.announcement import (
    Published,
    announce_completion,
    announce_conflict,
    announce_label,
    announce_rejection,
)
from annotation_intake.domain.identity import digest_of_document, label_of, task_of
from annotation_intake.domain.judgement import (
    Judgement,
    Label,
    Rejection,
    Submission,
    Task,
    home_of,
    judge_task,
)
from annotation_intake.store.assignments import AssignmentStore
from annotation_intake.store.labels import (
    LabelStore,
    LockedTasks,
    StoredLabel,
    Submissions,
    revision_of,
)
from annotation_intake.store.reports import ReportStore


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: annotations that are new there by label id, projects, tasks, and reviews.

    A review is decided once its item's tasks of tier 1 are complete.
    """

    annotations: Mapping[str, Sequence[Submission]] = field(default_factory=dict)
    projects: Collection[str] = ()
    reviews: Collection[str] = ()
    tasks: Collection[str] = ()


class Reception:
    """Takes labels in and judges all tasks that they touch, in set-wise steps."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = LabelStore(work.connection)
        self._reports = ReportStore(work.connection)
        self._causes: dict[str, Received[Any]] = {}

    async def take_labels(self, events: Sequence[Received[LabelSubmitted]]) -> Judged:
        """Write labels down and judge their tasks; labels of unknown tasks wait."""
        submitted: list[tuple[Submission, Received[LabelSubmitted]]] = []
        first: dict[tuple[str, int], tuple[Submission, str]] = {}
        for event in events:
            document = event.payload.model_dump_json()
            submission = _to_submission(event.payload, document)
            submitted.append((submission, event))
            self._causes[submission.label_id] = self._causes[submission.task_id] = event
            said = (submission, document)
            known = first.setdefault(submission[:2], said)
            if _seniority(submission) < _seniority(known[0]):
                first[submission[:2]] = said
        tasks = await self._store.add_submissions(list(first.values()))
        people = {(one.vendor, one.annotator) for one, _ in first.values()}
        await self._store.share_annotators(people)
        vendor_projects = {
            (one.vendor, one.vendor_project) for one, _ in first.values() if one.vendor_project
        }
        if vendor_projects:
            await self._store.share_vendor_projects(vendor_projects)
        labels = {label_id for label_id, _ in first}
        judged = await self.judge(tasks, last=events[-1], news=labels)
        for submission, event in submitted:
            standing = {one.revision: one for one in judged.annotations[submission.label_id]}
            if standing[submission.revision].digest != submission.digest:
                self._work.emit(announce_conflict(submission), cause=event)
        news = {label_id: judged.annotations[label_id] for label_id in labels}
        return replace(judged, annotations=news)

    async def suspend_annotators(self, events: Sequence[Received[AnnotatorSuspended]]) -> Judged:
        """Free the places of suspended annotators and take nothing more of them."""
        since: dict[tuple[str, str, str], datetime] = {}
        for event in events:
            key = (event.payload.project, event.payload.vendor, event.payload.annotator)
            since[key] = min(since.get(key, event.occurred_at), event.occurred_at)
        await self._store.lock_annotators({(vendor, name) for _, vendor, name in since})
        tasks = await self._store.add_suspensions(since)
        return await self.judge(tasks, last=events[-1])

    async def judge(
        self, task_ids: Collection[str], *, last: Received[Any], news: Collection[str] = ()
    ) -> Judged:
        """Judge all labels of these tasks and tell what changed; returns what it judged.

        ``last`` is the cause of what no event of this batch is closer to; ``news`` are the labels
        with submissions in this batch, all of which name one of the tasks.
        """
        if not task_ids:
            return Judged()
        locked = await self._store.lock_tasks(task_ids)
        known = await self._store.get_submissions(task_ids, news)
        at_home: dict[str, list[list[Submission]]] = defaultdict(list)
        for annotation in known.annotations.values():
            at_home[home_of(annotation)].append(annotation)
        judgements = {
            task_id: judge_task(locked.tasks.get(task_id), sorted(at_home[task_id]))
            for task_id in sorted(task_ids)
        }
        await self._settle_labels(judgements, known, locked.tasks, last)
        await self._settle_rejections(judgements, known, locked.tasks, last)
        await self._settle_completion(judgements, locked, last)
        projects = {task.project for task in locked.tasks.values()}
        await self._reports.touch(projects)
        return Judged(
            known.annotations,
            projects,
            {
                task_of(task.batch_id, task.item_id, "tier2")
                for task in locked.tasks.values()
                if task.tier == "tier2" or judgements[task.task_id].trusted >= task.overlap
            },
            set(locked.tasks),
        )

    async def _settle_labels(
        self,
        judgements: Mapping[str, Judgement],
        known: Submissions,
        tasks: dict[str, Task],
        last: Received[Any],
    ) -> None:
        changed: dict[str, tuple[str, Label, Published]] = {}
        freed: set[str] = set()
        for task_id, judgement in judgements.items():
            for label_id, label in judgement.labels.items():
                stored = known.labels[label_id]
                if stored.status == "accepted" and not _holds_a_place(label):
                    freed |= {task_id, stored.task_id or task_id}
                if _is_settled(stored, task_id, label):
                    continue
                annotation, published = known.annotations[label_id], stored.published
                news = announce_label(label, annotation, judgement, published, tasks)
                if news is not None:
                    self._work.emit(news, cause=self._cause(label_id, task_id, last))
                    told = None if news.withdrawn or not label.submission else label.submission
                    published = Published(news.revision, told.digest if told else None, task_id)
                if news is not None or _differs(stored, task_id, label):
                    changed[label_id] = (task_id, label, published)
        if changed:
            await self._store.save_labels(changed)
        await AssignmentStore(self._work.connection).free(freed)

    async def _settle_rejections(
        self,
        judgements: Mapping[str, Judgement],
        known: Submissions,
        tasks: dict[str, Task],
        last: Received[Any],
    ) -> None:
        changed: dict[tuple[str, int], Rejection | None] = {}
        told = {label_id for label_id, _ in known.rejections}
        for judgement in judgements.values():
            if not judgement.rejections and told.isdisjoint(judgement.labels):
                continue
            for label_id in judgement.labels:
                for submission in known.annotations[label_id]:
                    key = (label_id, submission.revision)
                    rejection = judgement.rejections.get(key)
                    code = rejection.code if rejection else None
                    if code == known.rejections.get(key):
                        continue
                    changed[key] = rejection
                    if rejection is not None:
                        self._work.emit(
                            announce_rejection(
                                submission, rejection, tasks.get(submission.task_id)
                            ),
                            cause=self._cause(label_id, submission.task_id, last),
                        )
        if changed:
            await self._store.save_rejections(changed)

    async def _settle_completion(
        self, judgements: Mapping[str, Judgement], locked: LockedTasks, last: Received[Any]
    ) -> None:
        changed: dict[str, bool] = {}
        for task_id, task in locked.tasks.items():
            completed = judgements[task_id].trusted >= task.overlap
            if completed == (task_id in locked.completed):
                continue
            changed[task_id] = completed
            if completed:
                self._work.emit(
                    announce_completion(task, judgements[task_id]),
                    cause=self._cause(task_id, task_id, last),
                )
        if changed:
            await self._store.save_completion(changed)

    def _cause(self, label_id: str, task_id: str, last: Received[Any]) -> Received[Any]:
        return self._causes.get(label_id) or self._causes.get(task_id) or last


def _seniority(submission: Submission) -> tuple[datetime, str]:
    return submission.submitted_at, submission.digest


def _holds_a_place(label: Label) -> bool:
    counted = label.submission
    return label.status == "accepted" and counted is not None and counted.suspended_at is None


def _differs(stored: StoredLabel, task_id: str, label: Label) -> bool:
    return stored[:3] != (task_id, label.status, revision_of(label))


def _is_settled(stored: StoredLabel, task_id: str, label: Label) -> bool:
    """Whether it stands as it is written down, and nobody has to be told."""
    counted = label.submission if label.status == "accepted" else None
    told = counted.digest if counted else None
    return told == stored.published_digest and not _differs(stored, task_id, label)


def _to_submission(label: LabelSubmitted, document: str) -> Submission:
    return Submission(
        label_id=label_of(label.vendor, label.annotation_id),
        revision=label.revision,
        vendor=label.vendor,
        annotation_id=label.annotation_id,
        task_id=label.task_id,
        annotator=label.annotator,
        pool=label.pool,
        value=label.value,
        guideline_version=label.guideline_version,
        submitted_at=label.submitted_at,
        duration_seconds=label.duration_seconds,
        withdrawn=label.withdrawn,
        digest=digest_of_document(document),
        vendor_project=label.vendor_project,
        vendor_task_id=label.vendor_task_id,
        first_submitted_at=label.first_submitted_at,
    )
