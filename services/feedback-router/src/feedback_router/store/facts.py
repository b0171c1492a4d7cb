"""What events have said, kept as it was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aidataops.database import Connection
from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityChanged,
    GuidelineFlagged,
    PoolDefined,
    ProjectDefined,
    TaskCompleted,
    TaskCreated,
)
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.governance import (
    ApproveRemediation,
    AutomationDecided,
    ConsultationAnswered,
    DecisionRecorded,
    PolicyChanged,
    ResponsibilityAssigned,
)
from aidataops.events.lineage import VersionPublished, VersionRegistered
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorSuspended,
    BatchReleased,
    DriftDetected,
)
from aidataops.events.sourcing import BriefFulfilled
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging import Received
from feedback_router.store.statements import QUERIES, encode

_STATEMENTS: dict[type[Payload], str] = {
    ProjectDefined: "add_projects",
    PoolDefined: "add_pools",
    CapacityChanged: "add_capacities",
    EvaluationRunCompleted: "add_runs",
    SamplesScored: "add_samples",
    TrainingRunCompleted: "add_training_runs",
    VersionPublished: "add_published_versions",
    VersionRegistered: "add_registered_versions",
    BriefFulfilled: "add_fulfilled_briefs",
    BatchReleased: "add_released_batches",
    ResponsibilityAssigned: "add_responsibilities",
    ConsultationAnswered: "add_consultations",
    PolicyChanged: "add_policies",
    AutomationDecided: "add_automation_decisions",
    DriftDetected: "add_drifts",
    GuidelineFlagged: "add_guideline_flags",
    AgreementMeasured: "add_cohort_agreements",
    AnnotatorSuspended: "add_suspensions",
}
"""Events that are kept field by field: the statement names the fields."""


class FactStore:
    """Adds facts; one that is known already changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, projects: Iterable[str]) -> None:
        """Wait until nobody else recomputes these projects; held until the transaction ends."""
        await self._connection.execute(QUERIES["lock_projects"], sorted(set(projects)))

    async def lock_service(self) -> None:
        """Wait until nobody else recomputes any project: for what names none, or all."""
        await self._connection.execute(QUERIES["lock_service"])

    async def add(self, events: Sequence[Received[Any]]) -> None:
        """Keep events of one of the types that need no translation."""
        rows = [
            event.payload.model_dump(mode="json")
            | {"event_id": event.event_id, "occurred_at": event.occurred_at}
            for event in events
        ]
        await self._add(_STATEMENTS[type(events[0].payload)], rows)

    async def projects(self) -> list[str]:
        """Every project with a remediation."""
        return [
            row["project"] for row in await self._connection.fetch(QUERIES["find_all_projects"])
        ]

    async def add_failures(
        self, failures: Sequence[EvaluationFailure], clusters: Mapping[str, str]
    ) -> set[str]:
        """Keep failures and return the ids of those that are new.

        ``clusters`` maps the single ones to the remediation they belong to.
        """
        fields = {
            "failure_id", "run_id", "project", "model", "task", "metric", "sample_id",
            "part_of_run", "slices", "category", "severity", "suspect_items",
        }  # fmt: skip
        rows = [
            failure.model_dump(mode="json", include=fields)
            | {"remediation_id": clusters.get(failure.failure_id)}
            for failure in failures
        ]
        added = await self._connection.fetch(QUERIES["add_failures"], encode(rows))
        return {row["failure_id"] for row in added}

    async def add_tasks(self, tasks: Sequence[TaskCreated | TaskCompleted]) -> None:
        """Keep that tasks exist, or that they are completed."""
        fields = {"task_id", "project", "batch_id", "batch_size", "remediation_id"}
        await self._add(
            "add_tasks",
            [
                task.model_dump(mode="json", include=fields)
                | {"completed": isinstance(task, TaskCompleted)}
                for task in tasks
            ],
        )

    async def add_decisions(self, decisions: Sequence[DecisionRecorded]) -> list[str]:
        """Keep decisions about remediations and return the projects that they concern.

        Takes the service's lock alone: a decision does not name its project, so that it could
        otherwise miss the remediation that another group member is about to commit.
        """
        rows = [
            recorded.model_dump(mode="json", include={"decision_id", "made_by", "role", "made_at"})
            | {
                "remediation_id": recorded.subject,
                "approved": recorded.decision.approved,
                "reason": recorded.decision.reason,
            }
            for recorded in decisions
            if isinstance(recorded.decision, ApproveRemediation)
        ]
        if not rows:
            return []
        await self.lock_service()
        await self._add("add_decisions", rows)
        found = await self._connection.fetch(
            QUERIES["find_projects_of_remediations"], [row["remediation_id"] for row in rows]
        )
        return [row["project"] for row in found]

    async def _add(self, statement: str, rows: Iterable[Mapping[str, Any]]) -> None:
        await self._connection.execute(QUERIES[statement], encode(rows))
