"""What other services said."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import LabelAccepted, ProjectDefined, TaskCreated
from qa.domain.agreement.measure import Schema
from qa.domain.batch import Batch, Item
from qa.domain.consensus.methods import Anchor
from qa.domain.consensus.votes import Label
from qa.store.decisions import DecisionStore
from qa.store.rows import AnnotatorKey, BatchKey, ItemKey, annotator_of, columns

_QUERIES = Queries.load("qa")


@dataclass(frozen=True)
class GoldenAnswer:
    """The known answer of an item, by an event of a certain time (as it stands in the event)."""

    project: str
    item_id: str
    value: str
    defined_at: str


class FactStore:
    """Projects, golden items, tasks and labels, whatever order they came in."""

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
            [project.label_schema.kind for project in projects],
            [json.dumps(project.label_schema.categories) for project in projects],
            [project.accountable for project in projects],
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
            [task.tier for task in tasks],
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
            [label.tier for label in labels],
            [label.guideline_version for label in labels],
            [label.duration_seconds for label in labels],
        )
        return {row["label_id"] for row in rows}

    async def mark_answered(self, task_ids: Collection[str]) -> None:
        """See which of these tasks have all their labels now; needs the projects' locks."""
        await self._connection.execute(_QUERIES["mark_answered"], list(task_ids))

    async def list_batches_of_projects(self, projects: Collection[str]) -> dict[str, str]:
        """Batch → project."""
        rows = await self._connection.fetch(_QUERIES["list_batches_of_projects"], list(projects))
        return {row["batch_id"]: row["project"] for row in rows}

    async def list_batches_that_are(self, batches: Collection[BatchKey]) -> set[str]:
        """Those of the batches that belong to the project named with them."""
        rows = await self._connection.fetch(_QUERIES["list_batches_that_are"], *columns(batches, 2))
        return {row["batch_id"] for row in rows}

    async def list_batches_of_items(self, items: Collection[ItemKey]) -> dict[str, ItemKey]:
        """Batch → one of the items that it holds."""
        rows = await self._connection.fetch(_QUERIES["list_batches_of_items"], *columns(items, 2))
        return {row["batch_id"]: (row["project"], row["item_id"]) for row in rows}

    async def list_labels_of_items(self, items: Collection[ItemKey]) -> dict[str, ItemKey]:
        """Label → its item."""
        rows = await self._connection.fetch(_QUERIES["list_labels_of_items"], *columns(items, 2))
        return {row["label_id"]: (row["project"], row["item_id"]) for row in rows}

    async def list_batches_of_annotators(
        self, annotators: Collection[AnnotatorKey]
    ) -> dict[str, AnnotatorKey]:
        """Batch → one of the annotators who answered in it."""
        rows = await self._connection.fetch(
            _QUERIES["list_batches_of_annotators"], *columns(annotators, 3)
        )
        return {row["batch_id"]: annotator_of(row) for row in rows}

    async def list_complete_batches(self, batch_ids: Collection[str], now: datetime) -> list[Batch]:
        """Those of the batches that can be assessed, with everything that is known of them."""
        heads = await self._connection.fetch(_QUERIES["list_complete_batches"], list(batch_ids))
        if not heads:
            return []
        complete = [row["batch_id"] for row in heads]
        terms = await DecisionStore(self._connection).list_terms(heads, now)
        items = await self._list_items(complete)
        anchors = await self._list_anchors([row for row in heads if row["method"] != "majority"])
        return [
            Batch(
                project=row["project"],
                batch_id=row["batch_id"],
                remediation_id=row["remediation_id"],
                schema=Schema(row["kind"], tuple(row["categories"])),
                method=row["method"],
                terms=terms[row["batch_id"]],
                ended_at=row["ended_at"],
                items=tuple(items[row["batch_id"]]),
                anchors=tuple(anchors[row["batch_id"]]),
            )
            for row in heads
        ]

    async def _list_items(self, batch_ids: Sequence[str]) -> Mapping[str, Sequence[Item]]:
        labels: defaultdict[tuple[str, str], list[Label]] = defaultdict(list)
        for row in await self._connection.fetch(_QUERIES["list_labels"], batch_ids):
            labels[row["batch_id"], row["item_id"]].append(
                Label(
                    label_id=row["label_id"],
                    vendor=row["vendor"],
                    annotator=row["annotator"],
                    cohort=row["cohort"],
                    value=row["value"],
                    trusted=row["trusted"],
                    tier=row["tier"],
                    submitted_at=row["submitted_at"],
                )
            )
        items: defaultdict[str, list[Item]] = defaultdict(list)
        for row in await self._connection.fetch(_QUERIES["list_items"], batch_ids):
            items[row["batch_id"]].append(
                Item(
                    item_id=row["item_id"],
                    overlap=row["overlap"],
                    slices=json.loads(row["slices"]),
                    golden=row["golden"],
                    labels=tuple(labels[row["batch_id"], row["item_id"]]),
                )
            )
        return items

    async def _list_anchors(self, heads: Sequence[Any]) -> Mapping[str, Sequence[Anchor]]:
        anchors: defaultdict[str, list[Anchor]] = defaultdict(list)
        if not heads:
            return anchors
        rows = await self._connection.fetch(
            _QUERIES["list_anchors"],
            [row["batch_id"] for row in heads],
            [row["ended_at"] for row in heads],
        )
        for row in rows:
            who = row["vendor"], row["annotator"]
            anchor = Anchor(row["item_id"], who, row["value"], row["truth"])
            anchors[row["batch_id"]].append(anchor)
        return anchors
