"""The tables of definitions, guidelines, golden items, items, batches and planned tasks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import ProjectDefined
from aidataops.events.quality import GoldenItem
from aidataops.events.sourcing import ItemAccepted
from annotation_intake.domain.identity import digest_of
from annotation_intake.domain.planning import (
    Batch,
    Content,
    Definition,
    GoldenContent,
    Plan,
    Review,
)
from annotation_intake.store.schemas import to_schema


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Somebody wants these items labelled."""

    batch_id: str
    project: str
    remediation_id: str | None
    requested_at: datetime
    item_ids: tuple[str, ...]
    guideline_version: str | None = None


@dataclass(frozen=True, slots=True)
class BatchHead:
    """What tells whether a batch has to be planned again."""

    batch_id: str
    project: str
    requested_at: datetime
    definition_revision: int | None
    golden_items: int


@dataclass(slots=True)
class ProjectKnowledge:
    """What is known of a project that its batches depend on."""

    definitions: list[Definition] = field(default_factory=list)
    guidelines: set[str] = field(default_factory=set)
    golden: dict[str, GoldenContent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedTasks:
    """The tasks of some batches as they are written down."""

    digests: Mapping[str, str]
    hidden: Mapping[str, set[str]]


class PlanStore:
    """Set-wise reads and writes; batches are planned under the lock of their project."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Keep others from planning batches of these projects until the transaction ends."""
        names = [f"project/{project}" for project in projects]
        await self._connection.execute(self.queries["lock"], names)

    async def add_definitions(
        self, definitions: Sequence[tuple[ProjectDefined, datetime, str]]
    ) -> set[tuple[str, int]]:
        """Write definitions down; returns the (project, revision) that are new or changed."""
        rows = await self._connection.fetch(
            self.queries["add_definitions"],
            [defined.project for defined, _, _ in definitions],
            [defined.revision for defined, _, _ in definitions],
            [defined.guideline_version for defined, _, _ in definitions],
            [defined.overlap for defined, _, _ in definitions],
            [defined.golden_rate for defined, _, _ in definitions],
            [time for _, time, _ in definitions],
            [digest for _, _, digest in definitions],
            [json.dumps(defined.label_schema.categories) for defined, _, _ in definitions],
            [defined.label_schema.kind for defined, _, _ in definitions],
            [defined.label_schema.allow_tie for defined, _, _ in definitions],
            [defined.label_schema.maximum_characters for defined, _, _ in definitions],
            [defined.agreement_floor for defined, _, _ in definitions],
            [defined.review for defined, _, _ in definitions],
            [defined.assigned_only for defined, _, _ in definitions],
            [defined.qualified_only for defined, _, _ in definitions],
            [defined.assignment_seconds for defined, _, _ in definitions],
        )
        return {(row["project"], row["revision"]) for row in rows}

    async def add_golden_items(
        self, items: Sequence[tuple[str, GoldenItem, datetime, str]]
    ) -> None:
        """Write golden items down, with project, time and digest; their answers are left out."""
        await self._connection.execute(
            self.queries["add_golden_items"],
            [project for project, _, _, _ in items],
            [item.item_id for _, item, _, _ in items],
            [item.text for _, item, _, _ in items],
            [_to_json(item.slices) for _, item, _, _ in items],
            [time for _, _, time, _ in items],
            [digest for _, _, _, digest in items],
        )

    async def add_items(self, items: Sequence[tuple[ItemAccepted, datetime, str]]) -> None:
        """Write down what accepted items hold."""
        await self._connection.execute(
            self.queries["add_items"],
            [item.project for item, _, _ in items],
            [item.item_id for item, _, _ in items],
            [item.text for item, _, _ in items],
            [item.uri for item, _, _ in items],
            [_to_json(item.slices) for item, _, _ in items],
            [time for _, time, _ in items],
            [digest for _, _, digest in items],
        )

    async def add_batches(self, requests: Sequence[BatchRequest]) -> None:
        """Write down what is to be labelled; ``requests`` has every batch once."""
        await self._connection.execute(
            self.queries["add_batches"],
            [request.batch_id for request in requests],
            [request.project for request in requests],
            [request.remediation_id for request in requests],
            [request.requested_at for request in requests],
            [request.guideline_version for request in requests],
        )
        items = [(request, item) for request in requests for item in request.item_ids]
        await self._connection.execute(
            self.queries["add_batch_items"],
            [request.batch_id for request, _ in items],
            [request.project for request, _ in items],
            [item for _, item in items],
        )

    async def list_batches_with(self, items: Sequence[ItemAccepted]) -> set[str]:
        """The batches that were asked for with one of these items."""
        rows = await self._connection.fetch(
            self.queries["list_batches_with"],
            [item.project for item in items],
            [item.item_id for item in items],
        )
        return {row["batch_id"] for row in rows}

    async def list_heads(self, projects: Collection[str]) -> list[BatchHead]:
        """All batches of projects, briefly."""
        rows = await self._connection.fetch(self.queries["list_batch_heads"], list(projects))
        return [BatchHead(**dict(row)) for row in rows]

    async def list_batches(self, batches: Collection[str]) -> list[Batch]:
        """Batches with their items and what of those is known."""
        heads = await self._connection.fetch(self.queries["list_batches"], list(batches))
        rows = await self._connection.fetch(self.queries["list_batch_items"], list(batches))
        items: dict[str, dict[str, Content | None]] = defaultdict(dict)
        for row in rows:
            content = None
            if row["is_known"]:
                content = Content(row["text"], row["uri"], json.loads(row["slices"]))
            items[row["batch_id"]][row["item_id"]] = content
        reviews = await self._get_reviews(batches)
        return [
            Batch(
                **dict(head),
                items=items[head["batch_id"]],
                reviews=reviews.get(head["batch_id"], {}),
            )
            for head in heads
        ]

    async def _get_reviews(self, batches: Collection[str]) -> dict[str, dict[str, Review]]:
        """Batch → item → who is to see it again."""
        found: dict[str, dict[str, Review]] = defaultdict(lambda: defaultdict(Review))
        for row in await self._connection.fetch(self.queries["list_reviews"], list(batches)):
            review, kind = found[row["batch_id"]][row["item_id"]], row["kind"]
            if kind == "adjudication":
                review.reviewed_by.add(row["annotator"])
                continue
            review.reviewed |= kind == "review"
            review.more_overlap |= kind == "overlap"
            if row["annotator"]:
                review.labelled_by.add(row["annotator"])
        return found

    async def add_reviews(self, reviews: Collection[tuple[str, str, str, str]]) -> None:
        """Write down what is to be seen again: batch, item, kind, annotator who may not."""
        await self._connection.execute(
            self.queries["add_reviews"],
            *([row[place] for row in sorted(reviews)] for place in range(4)),
        )

    async def add_adjudications(self, tasks: Collection[str]) -> set[str]:
        """Have items adjudicated whose reviewer agrees with nobody; returns their batches."""
        rows = await self._connection.fetch(self.queries["add_adjudications"], list(tasks))
        return {row["batch_id"] for row in rows}

    async def get_knowledge(self, projects: Collection[str]) -> dict[str, ProjectKnowledge]:
        """What is known of each project."""
        names = list(projects)
        knowledge = {project: ProjectKnowledge() for project in names}
        for row in await self._connection.fetch(self.queries["list_definitions"], names):
            knowledge[row["project"]].definitions.append(_to_definition(row))
        for row in await self._connection.fetch(self.queries["list_guidelines"], names):
            knowledge[row["project"]].guidelines.add(row["guideline_version"])
        for row in await self._connection.fetch(self.queries["list_golden_items"], names):
            content = Content(row["text"], None, json.loads(row["slices"]))
            golden = GoldenContent(content, row["defined_at"])
            knowledge[row["project"]].golden[row["item_id"]] = golden
        return knowledge

    async def get_planned_tasks(self, batches: Collection[str]) -> PlannedTasks:
        """The tasks that these batches have."""
        rows = await self._connection.fetch(self.queries["list_planned_tasks"], list(batches))
        hidden: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row["golden"]:
                hidden[row["batch_id"]].add(row["item_id"])
        return PlannedTasks({row["task_id"]: row["plan_digest"] for row in rows}, hidden)

    async def save_plans(self, plans: Mapping[str, Plan], changed: Collection[str]) -> None:
        """Write plans down by batch: their tasks as far as those changed, locked in id order."""
        await self._connection.execute(
            self.queries["save_plans"],
            list(plans),
            [plan.definition.revision for plan in plans.values()],
            [len(plan.golden_items) for plan in plans.values()],
        )
        tasks = sorted(
            (
                (task, task.item_id in plan.golden_items)
                for plan in plans.values()
                for task in plan.tasks
                if task.task_id in changed
            ),
            key=lambda planned: planned[0].task_id,
        )
        await self._connection.execute(
            self.queries["save_tasks"],
            [task.task_id for task, _ in tasks],
            [task.project for task, _ in tasks],
            [task.batch_id for task, _ in tasks],
            [task.item_id for task, _ in tasks],
            [golden for _, golden in tasks],
            [json.dumps(task.label_schema.categories) for task, _ in tasks],
            [task.guideline_version for task, _ in tasks],
            [task.overlap for task, _ in tasks],
            [_to_json(task.slices) for task, _ in tasks],
            [digest_of(task) for task, _ in tasks],
            [task.label_schema.kind for task, _ in tasks],
            [task.label_schema.allow_tie for task, _ in tasks],
            [task.label_schema.maximum_characters for task, _ in tasks],
            [None if task.text is None else len(task.text) for task, _ in tasks],
            [task.tier for task, _ in tasks],
            [json.dumps(task.excluded_annotators) for task, _ in tasks],
            [task.assigned_only for task, _ in tasks],
        )


def _to_definition(row: Mapping[str, Any]) -> Definition:
    return Definition(
        project=row["project"],
        revision=row["revision"],
        label_schema=to_schema(row),
        guideline_version=row["guideline_version"],
        overlap=row["overlap"],
        golden_rate=row["golden_rate"],
        defined_at=row["defined_at"],
        review=row["review"],
        assigned_only=row["assigned_only"],
    )


def _to_json(slices: Mapping[str, str]) -> str:
    return json.dumps(slices, sort_keys=True)
