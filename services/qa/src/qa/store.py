"""What qa keeps: what it was told, and what it has said about it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import LabelAccepted, ProjectDefined, TaskCreated
from aidataops.events.base import Payload
from qa.domain.agreement import CoincidenceMatrix
from qa.domain.batch import Assessment, Batch, Item
from qa.domain.consensus import Label
from qa.domain.golden import Standing, Status, judge_annotator

_QUERIES = Queries.load("qa")

AnnotatorKey = tuple[str, str, str]
"""Project, vendor, annotator."""
ItemKey = tuple[str, str]
"""Project, item."""


@dataclass(frozen=True)
class GoldenAnswer:
    """The known answer of an item, by an event of a certain time (as it stands in the event)."""

    project: str
    item_id: str
    value: str
    defined_at: str


@dataclass(frozen=True)
class Score:
    """A label of a golden item."""

    label_id: str
    annotator: AnnotatorKey
    item_id: str
    correct: bool


@dataclass(frozen=True)
class Finding:
    """What qa says about a subject; one payload per kind, scope and subject stands at a time."""

    kind: str
    scope: str
    subject: str
    payload: Payload


class FactStore:
    """What other services said."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Decide alone about these projects until the transaction ends.

        Events of one project leave in the order in which they were decided.
        """
        await self._connection.execute(_QUERIES["lock_projects"], list(projects))

    async def put_projects(self, projects: Sequence[ProjectDefined]) -> set[str]:
        """Keep the highest revisions; returns the projects that changed."""
        rows = await self._connection.fetch(
            _QUERIES["put_projects"],
            [project.project for project in projects],
            [project.revision for project in projects],
            [project.agreement_floor for project in projects],
        )
        return {row["project"] for row in rows}

    async def put_golden_items(self, answers: Sequence[GoldenAnswer]) -> set[ItemKey]:
        """Keep the latest answers; returns the items that changed."""
        rows = await self._connection.fetch(
            _QUERIES["put_golden_items"],
            [answer.project for answer in answers],
            [answer.item_id for answer in answers],
            [answer.value for answer in answers],
            [answer.defined_at for answer in answers],
        )
        return {(row["project"], row["item_id"]) for row in rows}

    async def add_tasks(self, tasks: Sequence[TaskCreated]) -> None:
        """Keep the tasks that are new."""
        await self._connection.execute(
            _QUERIES["add_tasks"],
            [task.task_id for task in tasks],
            [task.project for task in tasks],
            [task.batch_id for task in tasks],
            [task.batch_size for task in tasks],
            [task.item_id for task in tasks],
            [task.overlap for task in tasks],
            [json.dumps(task.slices) for task in tasks],
            [task.remediation_id for task in tasks],
        )

    async def put_labels(self, labels: Sequence[LabelAccepted]) -> set[str]:
        """Keep the highest revisions; returns the labels that are new or changed."""
        rows = await self._connection.fetch(
            _QUERIES["put_labels"],
            [label.label_id for label in labels],
            [label.revision for label in labels],
            [label.project for label in labels],
            [label.task_id for label in labels],
            [label.batch_id for label in labels],
            [label.item_id for label in labels],
            [label.vendor for label in labels],
            [label.annotator for label in labels],
            [label.cohort for label in labels],
            [label.value for label in labels],
            [label.submitted_at for label in labels],
            [label.withdrawn for label in labels],
        )
        return {row["label_id"] for row in rows}

    async def mark_answered(self, task_ids: Collection[str]) -> None:
        """See which of these tasks have all their labels now; needs the projects' locks."""
        await self._connection.execute(_QUERIES["mark_answered"], list(task_ids))

    async def list_batches_of_projects(self, projects: Collection[str]) -> dict[str, str]:
        """Batch → project."""
        rows = await self._connection.fetch(_QUERIES["list_batches_of_projects"], list(projects))
        return {row["batch_id"]: row["project"] for row in rows}

    async def list_batches_of_items(self, items: Collection[ItemKey]) -> dict[str, ItemKey]:
        """Batch → one of the items that it holds."""
        rows = await self._connection.fetch(_QUERIES["list_batches_of_items"], *_columns(items, 2))
        return {row["batch_id"]: (row["project"], row["item_id"]) for row in rows}

    async def list_labels_of_items(self, items: Collection[ItemKey]) -> dict[str, ItemKey]:
        """Label → its item."""
        rows = await self._connection.fetch(_QUERIES["list_labels_of_items"], *_columns(items, 2))
        return {row["label_id"]: (row["project"], row["item_id"]) for row in rows}

    async def list_batches_of_annotators(
        self, annotators: Collection[AnnotatorKey]
    ) -> dict[str, AnnotatorKey]:
        """Batch → one of the annotators who answered in it."""
        rows = await self._connection.fetch(
            _QUERIES["list_batches_of_annotators"], *_columns(annotators, 3)
        )
        return {row["batch_id"]: _annotator(row) for row in rows}

    async def list_complete_batches(self, batch_ids: Collection[str]) -> list[Batch]:
        """Those of the batches that can be assessed, with everything that is known of them."""
        heads = await self._connection.fetch(_QUERIES["list_complete_batches"], list(batch_ids))
        complete = [row["batch_id"] for row in heads]
        if not complete:
            return []
        labels: defaultdict[tuple[str, str], list[Label]] = defaultdict(list)
        for row in await self._connection.fetch(_QUERIES["list_labels"], complete):
            labels[row["batch_id"], row["item_id"]].append(
                Label(
                    label_id=row["label_id"],
                    vendor=row["vendor"],
                    annotator=row["annotator"],
                    cohort=row["cohort"],
                    value=row["value"],
                    trusted=row["trusted"],
                )
            )
        items: defaultdict[str, list[Item]] = defaultdict(list)
        for row in await self._connection.fetch(_QUERIES["list_items"], complete):
            items[row["batch_id"]].append(
                Item(
                    item_id=row["item_id"],
                    overlap=row["overlap"],
                    slices=json.loads(row["slices"]),
                    golden=row["golden"],
                    labels=tuple(labels[row["batch_id"], row["item_id"]]),
                )
            )
        return [
            Batch(
                project=row["project"],
                batch_id=row["batch_id"],
                remediation_id=row["remediation_id"],
                floor=row["agreement_floor"],
                items=tuple(items[row["batch_id"]]),
            )
            for row in heads
        ]


class FindingStore:
    """What qa concluded; everything here follows from the facts and needs the projects' locks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def score(
        self, label_ids: Collection[str]
    ) -> tuple[list[Score], dict[AnnotatorKey, str]]:
        """Score labels of golden items, forget those withdrawn.

        Returns the scores that are new or changed, and annotator → a label that moved them.
        """
        withdrawn = await self._connection.fetch(_QUERIES["withdraw_scores"], list(label_ids))
        rows = await self._connection.fetch(_QUERIES["score_labels"], list(label_ids))
        scores = [
            Score(row["label_id"], _annotator(row), row["item_id"], row["correct"]) for row in rows
        ]
        return scores, {_annotator(row): row["label_id"] for row in [*withdrawn, *rows]}

    async def judge(
        self, annotators: Collection[AnnotatorKey]
    ) -> dict[AnnotatorKey, tuple[Standing, Status | None]]:
        """Judge annotators anew and keep where they stand; with the status that they had before."""
        rows = await self._connection.fetch(
            _QUERIES["list_golden_answers"], *_columns(annotators, 3)
        )
        judged = {_annotator(row): (judge_annotator(row["answers"]), row["status"]) for row in rows}
        standings = [standing for standing, _ in judged.values()]
        await self._connection.execute(
            _QUERIES["put_annotators"],
            *_columns(judged, 3),
            [standing.golden_correct for standing in standings],
            [standing.golden_total for standing in standings],
            [standing.log_likelihood_ratio for standing in standings],
            [standing.status for standing in standings],
        )
        return judged

    async def put_findings(self, findings: Sequence[Finding]) -> dict[tuple[str, str, str], int]:
        """Keep what is said now; returns (kind, scope, subject) → revision of what is news."""
        rows = await self._connection.fetch(
            _QUERIES["put_findings"],
            [finding.kind for finding in findings],
            [finding.scope for finding in findings],
            [finding.subject for finding in findings],
            [finding.payload.model_dump_json(exclude={"revision"}) for finding in findings],
        )
        return {(row["kind"], row["scope"], row["subject"]): row["revision"] for row in rows}

    async def drop_golden_outcomes(self, outcomes: Collection[tuple[str, str]]) -> None:
        """Forget the outcomes of items, as (batch, item), that turned out to be golden."""
        await self._connection.execute(_QUERIES["drop_golden_outcomes"], *_columns(outcomes, 2))

    async def put_measured(self, assessments: Sequence[Assessment]) -> set[str]:
        """Keep what batches add to their project's agreement; returns the batches that changed."""
        patterns = [sorted(assessment.patterns.items()) for assessment in assessments]
        rows = await self._connection.fetch(
            _QUERIES["put_measured_batches"],
            [assessment.verdict.batch_id for assessment in assessments],
            [assessment.verdict.project for assessment in assessments],
            [json.dumps([json.dumps(pattern) for pattern, _ in shown]) for shown in patterns],
            [json.dumps([units for _, units in shown]) for shown in patterns],
            [json.dumps([json.dumps(who) for who in sorted(a.annotators)]) for a in assessments],
        )
        return {row["batch_id"] for row in rows}

    async def sum_up(
        self, projects: Collection[str]
    ) -> list[tuple[str, float, int, CoincidenceMatrix]]:
        """Project, floor, annotators and coincidences over all its measured batches."""
        matrices: defaultdict[str, CoincidenceMatrix] = defaultdict(CoincidenceMatrix)
        for row in await self._connection.fetch(_QUERIES["list_patterns"], list(projects)):
            pattern = tuple((value, number) for value, number in json.loads(row["pattern"]))
            matrices[row["project"]].add_units(pattern, row["units"])
        rows = await self._connection.fetch(_QUERIES["count_annotators"], list(projects))
        return [
            (row["project"], row["agreement_floor"], row["annotators"], matrices[row["project"]])
            for row in rows
        ]


def _annotator(row: Any) -> AnnotatorKey:
    return row["project"], row["vendor"], row["annotator"]


def _columns(rows: Iterable[Sequence[str]], width: int) -> list[list[str]]:
    """Rows as columns, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
