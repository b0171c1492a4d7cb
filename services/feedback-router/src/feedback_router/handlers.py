"""What the service does with each event: keep it, then compute its project anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from aidataops.events import Payload
from aidataops.events.annotation import ProjectDefined, TaskCompleted, TaskCreated
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.governance import DecisionRecorded
from aidataops.events.lineage import VersionPublished, VersionRegistered
from aidataops.events.quality import BatchReleased
from aidataops.events.sourcing import BriefFulfilled
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging import Handlers, Received, UnitOfWork
from feedback_router.domain.outcomes import slice_of
from feedback_router.domain.policy import Policy
from feedback_router.domain.remediation import cluster_of
from feedback_router.reconsideration import Reconsideration, Touched
from feedback_router.store import FactStore

P = TypeVar("P", bound=Payload)
Work = Callable[[Sequence[Received[P]], UnitOfWork], Coroutine[Any, Any, None]]


class Routing:
    """The handlers, under one policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def handlers(self) -> Handlers:
        """Which of them handles what."""
        handlers = Handlers()
        handlers.on(EvaluationRunCompleted)(self.on_evidence)
        handlers.on(SamplesScored)(self.on_evidence)
        handlers.on(TrainingRunCompleted)(self.on_evidence)
        handlers.on(VersionRegistered)(self.on_evidence)
        handlers.on(VersionPublished)(self.on_evidence)
        handlers.on(EvaluationFailure)(self.on_evaluation_failure)
        handlers.on(ProjectDefined)(self.on_progress)
        handlers.on(BriefFulfilled)(self.on_progress)
        handlers.on(BatchReleased)(self.on_progress)
        handlers.on(TaskCreated)(self.on_task)
        handlers.on(TaskCompleted)(self.on_task)
        handlers.on(DecisionRecorded)(self.on_decision_recorded)
        return handlers

    async def on_evidence(self, events: Sequence[Received[Any]], work: UnitOfWork) -> None:
        """Runs, outcomes, training runs, dataset versions: what regressions are judged by."""
        facts = FactStore(work.connection)
        projects = _by_project(events)
        await facts.lock(projects)
        await facts.add([event.payload for event in events])
        for project, group in projects.items():
            run_ids = {name for event in group if (name := getattr(event.payload, "run_id", None))}
            await Reconsideration(work, self._policy, project, group).judge(Touched(run_ids))

    async def on_evaluation_failure(
        self, failures: Sequence[Received[EvaluationFailure]], work: UnitOfWork
    ) -> None:
        """Failures, of runs and single ones; single ones gather in clusters."""
        facts = FactStore(work.connection)
        projects = _by_project(failures)
        await facts.lock(projects)
        touched, clusters = self._cluster([failure.payload for failure in failures])
        await facts.add_failures([failure.payload for failure in failures], clusters)
        for project, group in projects.items():
            await Reconsideration(work, self._policy, project, group).judge(touched[project])

    async def on_progress(self, events: Sequence[Received[Any]], work: UnitOfWork) -> None:
        """Project definitions, fulfilled briefs, released batches: how remediations go on."""
        facts = FactStore(work.connection)
        projects = _by_project(events)
        await facts.lock(projects)
        await facts.add([event.payload for event in events])
        for project, group in projects.items():
            await Reconsideration(work, self._policy, project, group).follow_up()

    async def on_task(self, tasks: Sequence[Received[Any]], work: UnitOfWork) -> None:
        """Tasks, created or completed: a batch is labelled when its last task is."""
        facts = FactStore(work.connection)
        projects = _by_project(tasks)
        await facts.lock(projects)
        await facts.add_tasks([task.payload for task in tasks])
        for project, group in projects.items():
            await Reconsideration(work, self._policy, project, group).follow_up()

    async def on_decision_recorded(
        self, decisions: Sequence[Received[DecisionRecorded]], work: UnitOfWork
    ) -> None:
        """Decisions; those about remediations are kept until their remediation is known."""
        facts = FactStore(work.connection)
        for project in await facts.add_decisions([decision.payload for decision in decisions]):
            await facts.lock([project])
            await Reconsideration(work, self._policy, project, decisions).follow_up()

    def _cluster(
        self, failures: Sequence[EvaluationFailure]
    ) -> tuple[dict[str, Touched], dict[str, str]]:
        touched: dict[str, Touched] = defaultdict(Touched)
        clusters: dict[str, str] = {}
        for failure in failures:
            found = touched[failure.project]
            found.run_ids.add(failure.run_id)
            slices = slice_of(failure.slices, self._policy.slice_by)
            cluster = cluster_of(
                self._policy, failure.project, failure.category, failure.severity, slices
            )
            if cluster is not None and not failure.part_of_run:
                clusters[failure.failure_id] = cluster[0]
                found.kinds[cluster[0]] = cluster[1]
                found.slices[cluster[0]] = slices
        return touched, clusters


def _by_project(events: Sequence[Received[Any]]) -> dict[str, list[Received[Any]]]:
    projects: dict[str, list[Received[Any]]] = defaultdict(list)
    for event in sorted(events, key=lambda event: str(event.payload.project)):
        projects[event.payload.project].append(event)
    return projects
