"""The tables of tasks, submissions, labels and suspensions, as labels are judged by them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from aidataops.database import Connection, Queries
from aidataops.events.annotation import LabelsReconciled
from annotation_intake.domain.announcement import Published
from annotation_intake.domain.judgement import Code, Label, Rejection, Status, Submission, Task
from annotation_intake.store.schemas import to_schema

SuspensionKey = tuple[str, str, str]
"""Project, vendor and annotator."""
WithdrawalKey = tuple[str, str, str, str]
"""Vendor, its project, ``annotation`` or ``task``, and its name."""

_FIELDS = len(Submission._fields)


class StoredLabel(NamedTuple):
    """What is written down of a label; a tuple, for many are read."""

    task_id: str | None
    status: Status
    revision: int | None
    published_revision: int
    published_digest: str | None

    @property
    def published(self) -> Published:
        return Published(self.published_revision, self.published_digest, self.task_id)


@dataclass(slots=True)
class Submissions:
    """Annotations with all their revisions, and what was decided about them so far."""

    annotations: dict[str, list[Submission]] = field(default_factory=dict)
    labels: dict[str, StoredLabel] = field(default_factory=dict)
    rejections: dict[tuple[str, int], Code] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LockedTasks:
    """Tasks that nobody else judges now; ``tasks`` has those that exist."""

    tasks: dict[str, Task]
    completed: set[str]


class LabelStore:
    """Set-wise reads and writes; labels are judged under the locks of their tasks."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_submissions(self, submissions: Sequence[tuple[Submission, str]]) -> set[str]:
        """Write submissions down, each with its event as JSON, and lock their labels.

        Returns the tasks that these labels are or ever were about.
        """
        ordered = sorted(submissions, key=lambda one: one[0][:2])
        rows = [one for one, _ in ordered]
        created = await self._connection.fetch(
            self.queries["add_submissions"],
            "[" + ",".join(document for _, document in ordered) + "]",
            [one.label_id for one in rows],
            [one.digest for one in rows],
        )
        older = {one.label_id for one in rows} - {str(row["label_id"]) for row in created}
        tasks = {one.task_id for one in rows}
        if older:
            await self._connection.execute(self.queries["lock_labels"], list(older))
            named = await self._connection.fetch(self.queries["list_tasks_of"], list(older))
            tasks.update(row["task_id"] for row in named)
        return tasks

    async def share_annotators(self, annotators: Collection[tuple[str, str]]) -> None:
        """Keep these annotators, given with their vendors, from being suspended meanwhile."""
        await self._connection.execute(self.queries["lock_shared"], _names(annotators))

    async def lock_annotators(self, annotators: Collection[tuple[str, str]]) -> None:
        """Wait for labels of these annotators to be judged, and hold up others."""
        await self._connection.execute(self.queries["lock"], _names(annotators))

    async def share_vendor_projects(self, projects: Collection[tuple[str, str]]) -> None:
        """Keep vendors from taking labels of these projects of theirs back meanwhile."""
        await self._connection.execute(self.queries["lock_shared"], _names(projects, "vendor"))

    async def lock_vendor_projects(self, projects: Collection[tuple[str, str]]) -> None:
        """Wait for labels of these vendors' projects to be judged, and hold up others."""
        await self._connection.execute(self.queries["lock"], _names(projects, "vendor"))

    async def lock_tasks(self, task_ids: Collection[str]) -> LockedTasks:
        """Keep others from judging labels of these tasks; unknown ones become stubs."""
        ordered = sorted(task_ids)
        await self._connection.execute(self.queries["add_stubs"], ordered)
        rows = await self._connection.fetch(self.queries["lock_tasks"], ordered)
        known = [row for row in rows if row["project"] is not None]
        tasks = {row["task_id"]: _to_task(row) for row in known}
        if restricted := [row["task_id"] for row in known if row["assigned_only"]]:
            assignees = await self._list_assignees(restricted)
            for task_id in restricted:
                assigned = frozenset(assignees[task_id])
                tasks[task_id] = replace(tasks[task_id], assigned=assigned)
        return LockedTasks(tasks, {row["task_id"] for row in known if row["completed"]})

    async def _list_assignees(self, task_ids: Collection[str]) -> dict[str, set[tuple[str, str]]]:
        """Task → (vendor, annotator) to whom it was ever assigned."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in await self._connection.fetch(self.queries["list_assignees"], list(task_ids)):
            found[row["task_id"]].add((row["vendor"], row["annotator"]))
        return found

    async def get_submissions(
        self, task_ids: Collection[str], news: Collection[str]
    ) -> Submissions:
        """The annotations of these tasks, and those of the labels ``news`` that name one of them.

        A label without news belongs to the task that it was judged under. Revisions of it that name
        another one are rejected for that already, and are left out.
        """
        rows = await self._connection.fetch(self.queries["list_submissions"], list(task_ids))
        found = Submissions()
        for row in rows:
            submission = Submission._make(row[:_FIELDS])
            label_id = submission.label_id
            stored = StoredLabel._make(row[_FIELDS + 1 :])
            if stored.task_id != submission.task_id and label_id not in news:
                continue
            found.labels[label_id] = stored
            found.annotations.setdefault(label_id, []).append(submission)
            if (rejection := row[_FIELDS]) is not None:
                found.rejections[label_id, submission.revision] = rejection
        for annotation in found.annotations.values():
            annotation.sort()  # by revision: label ids are the same
        return found

    async def save_labels(self, labels: Mapping[str, tuple[str, Label, Published]]) -> None:
        """Write down where labels stand, with their tasks and what was told of them."""
        await self._connection.execute(
            self.queries["save_labels"],
            list(labels),
            [task_id for task_id, _, _ in labels.values()],
            [label.status for _, label, _ in labels.values()],
            [revision_of(label) for _, label, _ in labels.values()],
            [published.revision for _, _, published in labels.values()],
            [published.digest for _, _, published in labels.values()],
        )

    async def save_rejections(self, rejections: Mapping[tuple[str, int], Rejection | None]) -> None:
        """Write down why submissions are rejected, ``None`` where they no longer are."""
        reasons = list(rejections.values())
        await self._connection.execute(
            self.queries["save_rejections"],
            [label_id for label_id, _ in rejections],
            [revision for _, revision in rejections],
            [one.code if one else None for one in reasons],
            [one.field if one else None for one in reasons],
            [one.value if one else None for one in reasons],
            [one.valid if one else None for one in reasons],
            [one.reason if one else None for one in reasons],
        )

    async def save_completion(self, completion: Mapping[str, bool]) -> None:
        """Write down which tasks have their labels."""
        await self._connection.execute(
            self.queries["save_completion"], list(completion), list(completion.values())
        )

    async def add_suspensions(self, suspensions: Mapping[SuspensionKey, datetime]) -> set[str]:
        """Write suspensions down; returns the tasks that these annotators labelled."""
        projects = [project for project, _, _ in suspensions]
        vendors = [vendor for _, vendor, _ in suspensions]
        annotators = [annotator for _, _, annotator in suspensions]
        await self._connection.execute(
            self.queries["add_suspensions"],
            projects,
            vendors,
            annotators,
            list(suspensions.values()),
        )
        rows = await self._connection.fetch(
            self.queries["list_tasks_labelled_by"], projects, vendors, annotators
        )
        return {row["task_id"] for row in rows}

    async def add_withdrawals(self, withdrawals: Mapping[WithdrawalKey, datetime]) -> set[str]:
        """Write down what vendors took back; returns the tasks that it was about."""
        keys = [list(column) for column in zip(*withdrawals, strict=True)] or [[], [], [], []]
        await self._connection.execute(
            self.queries["add_withdrawals"], *keys, list(withdrawals.values())
        )
        rows = await self._connection.fetch(self.queries["list_tasks_withdrawn"], *keys)
        return {row["task_id"] for row in rows}

    async def add_export(self, export: LabelsReconciled, digest: str) -> None:
        """Write down what a vendor's project held."""
        await self._connection.execute(
            self.queries["add_export"],
            export.vendor,
            export.vendor_project,
            export.exported_at,
            export.after or "",
            export.until,
            list(export.annotation_ids),
            digest,
        )

    async def forget_exports(self, projects: Collection[tuple[str, str]]) -> set[str]:
        """Keep the latest export of each vendor's project; returns the tasks of all of them."""
        tasks: set[str] = set()
        for vendor, project in projects:
            await self._connection.execute(self.queries["forget_exports"], vendor, project)
            rows = await self._connection.fetch(
                self.queries["list_tasks_reconciled"], vendor, project
            )
            tasks |= {row["task_id"] for row in rows}
        return tasks


def revision_of(label: Label) -> int | None:
    """The vendor's revision that counts, where one does."""
    return label.submission.revision if label.submission else None


def _names(keys: Collection[tuple[str, str]], kind: str = "annotator") -> list[str]:
    return [json.dumps([kind, *key]) for key in keys]


@lru_cache(maxsize=4096)
def _to_slices(document: str) -> Mapping[str, str]:
    """Slices as they are written down; many tasks have the same."""
    return MappingProxyType(json.loads(document))


def _to_task(row: Any) -> Task:
    return Task(
        row["task_id"],
        row["project"],
        row["batch_id"],
        row["item_id"],
        to_schema(row),
        row["guideline_version"],
        row["overlap"],
        _to_slices(row["slices"]),
        row["characters"],
        row["tier"],
        frozenset(row["excluded"]),
    )
