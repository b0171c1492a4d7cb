"""What the service does with each event: keep it, then compute its project anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from aidataops.erasure import tell_erased
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
    AutomationDecided,
    ConsultationAnswered,
    DecisionRecorded,
    PolicyChanged,
    ResponsibilityAssigned,
)
from aidataops.events.lineage import ErasureRequested, VersionPublished, VersionRegistered
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorSuspended,
    BatchReleased,
    DriftDetected,
)
from aidataops.events.sourcing import BriefFulfilled
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging import Handlers, Origin, Received, UnitOfWork
from feedback_router.causes import Causes
from feedback_router.domain.cluster import gathered
from feedback_router.domain.policy import Policy
from feedback_router.following import Following
from feedback_router.labelling import Labelling
from feedback_router.policies import Policies, is_routing, policies_of
from feedback_router.reconsideration import Reconsideration
from feedback_router.scheduling import Scheduling
from feedback_router.store import FactStore, RemediationStore
from feedback_router.store.governance import EVERY_PROJECT
from feedback_router.voice import Voice

Events: TypeAlias = Sequence[Received[Any]]


class Routing:
    """The handlers; ``policy`` routes until people give another."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def handlers(self) -> Handlers:
        """Which of them handles what."""
        handlers = Handlers()
        handlers.on(EvaluationRunCompleted)(self.on_run)
        handlers.on(SamplesScored)(self.on_run)
        handlers.on(TrainingRunCompleted)(self.on_evidence)
        handlers.on(VersionRegistered)(self.on_evidence)
        handlers.on(VersionPublished)(self.on_evidence)
        handlers.on(AgreementMeasured)(self.on_agreement_measured)
        handlers.on(AnnotatorSuspended)(self.on_evidence)
        handlers.on(EvaluationFailure)(self.on_evaluation_failure)
        handlers.on(ProjectDefined)(self.on_labelling)
        handlers.on(PoolDefined)(self.on_capacity)
        handlers.on(CapacityChanged)(self.on_capacity)
        handlers.on(BriefFulfilled)(self.on_progress)
        handlers.on(BatchReleased)(self.on_progress)
        handlers.on(ConsultationAnswered)(self.on_progress)
        handlers.on(TaskCreated)(self.on_task)
        handlers.on(TaskCompleted)(self.on_task)
        handlers.on(DecisionRecorded)(self.on_decision_recorded)
        handlers.on(ResponsibilityAssigned)(self.on_responsibility_assigned)
        handlers.on(PolicyChanged)(self.on_policy_changed)
        handlers.on(AutomationDecided)(self.on_labelling)
        handlers.on(DriftDetected)(self.on_labelling)
        handlers.on(GuidelineFlagged)(self.on_labelling)
        handlers.on(ErasureRequested)(self.on_erasure_requested)
        return handlers

    async def on_run(self, events: Events, work: UnitOfWork) -> None:
        """Runs and their outcomes."""
        for project, group in (await self._keep(events, work)).items():
            run_ids = {event.payload.run_id for event in group}
            await (await self._reconsider(project, group, work)).judge(run_ids)

    async def on_evidence(self, events: Events, work: UnitOfWork) -> None:
        """Training runs, dataset versions, quality of cohorts: what regressions are judged by."""
        for project, group in (await self._keep(events, work)).items():
            await (await self._reconsider(project, group, work)).judge()

    async def on_agreement_measured(self, events: Events, work: UnitOfWork) -> None:
        """How well annotators agree; only that of a cohort is evidence here."""
        cohorts = [event for event in events if event.payload.scope == "cohort"]
        if cohorts:
            await self.on_evidence(cohorts, work)

    async def on_evaluation_failure(self, failures: Events, work: UnitOfWork) -> None:
        """Failures, of runs and single ones; single ones gather in clusters."""
        facts = FactStore(work.connection)
        projects = _by_project(failures)
        await facts.lock(projects)
        for project, group in projects.items():
            policy = await Policies(work, self._policy).of(project)
            clusters = gathered([one.payload for one in group], policy)
            names = {failure: one.remediation_id for failure, one in clusters.items()}
            new = await facts.add_failures([one.payload for one in group], names)
            reconsideration = Reconsideration(work, policy, project, Voice(work, Causes(group)))
            await reconsideration.hear([one.payload for one in group], clusters, new)

    async def on_erasure_requested(self, requests: Events, work: UnitOfWork) -> None:
        """A subject's items: what is known here are names and slices, but for dead letters."""
        for request in requests:
            await tell_erased(request, work)

    async def on_progress(self, events: Events, work: UnitOfWork) -> None:
        """Fulfilled briefs, released batches, consultations: how remediations go on."""
        for project, group in (await self._keep(events, work)).items():
            await (await self._follow(project, group, work)).follow_up()

    async def on_task(self, tasks: Events, work: UnitOfWork) -> None:
        """Tasks, created or completed: a batch is labelled when its last task is."""
        facts = FactStore(work.connection)
        projects = _by_project(tasks)
        await facts.lock(projects)
        await facts.add_tasks([task.payload for task in tasks])
        for project, group in projects.items():
            await (await self._follow(project, group, work)).follow_up()

    async def on_decision_recorded(self, decisions: Events, work: UnitOfWork) -> None:
        """Decisions; those about remediations are kept until their remediation is known."""
        facts = FactStore(work.connection)
        for project in await facts.add_decisions([decision.payload for decision in decisions]):
            await facts.lock([project])
            await (await self._follow(project, decisions, work)).follow_up()

    async def on_responsibility_assigned(self, events: Events, work: UnitOfWork) -> None:
        """Who answers for what, in one project or (``*``) in all."""
        facts = FactStore(work.connection)
        await facts.lock_service()
        await facts.add(events)
        projects = {event.payload.subject for event in events}
        for project in await facts.projects() if EVERY_PROJECT in projects else sorted(projects):
            await facts.lock([project])
            await (await self._label(project, events, work)).review()
        for subject in sorted(policies_of(projects)):
            await Policies(work, self._policy).review(subject, Voice(work, Causes(events)))

    async def on_policy_changed(self, changes: Events, work: UnitOfWork) -> None:
        """New versions of the routing policy; other policies are others' business."""
        own = [change for change in changes if is_routing(change.payload.subject)]
        if not own:
            return
        facts = FactStore(work.connection)
        await facts.lock_service()
        await facts.add(own)
        for subject in sorted({change.payload.subject for change in own}):
            await Policies(work, self._policy).review(subject, Voice(work, Causes(own)))

    async def on_labelling(self, events: Events, work: UnitOfWork) -> None:
        """Project definitions, decisions on who labels, drift, flags: what labelling rests on."""
        for project, group in (await self._keep(events, work)).items():
            await (await self._label(project, group, work)).review()

    async def on_capacity(self, events: Events, work: UnitOfWork) -> None:
        """Who labels, and how much waits for them: what due dates rest on."""
        for project, group in (await self._keep(events, work)).items():
            await Scheduling(work, project, Voice(work, Causes(group))).review()

    async def on_time(self, project: str, work: UnitOfWork, origin: Origin) -> None:
        """Time has passed: a decision on who labels may have run out."""
        await FactStore(work.connection).lock([project])
        policy = await Policies(work, self._policy).of(project)
        await Labelling(work, policy, project, Voice(work, Causes([origin]))).review()

    async def on_due(
        self, project: str, remediation_id: str, work: UnitOfWork, origin: Origin
    ) -> None:
        """The day has come at which a remediation should have been done."""
        await FactStore(work.connection).lock([project])
        await Scheduling(work, project, Voice(work, Causes([origin]))).remind(remediation_id)

    async def _keep(self, events: Events, work: UnitOfWork) -> dict[str, list[Received[Any]]]:
        facts = FactStore(work.connection)
        projects = _by_project(events)
        await facts.lock(projects)
        await facts.add(events)
        return projects

    async def _reconsider(self, project: str, group: Events, work: UnitOfWork) -> Reconsideration:
        policy = await Policies(work, self._policy).of(project)
        return Reconsideration(work, policy, project, Voice(work, Causes(group)))

    async def _follow(self, project: str, group: Events, work: UnitOfWork) -> Following:
        policy = await Policies(work, self._policy).of(project)
        remediations = RemediationStore(work.connection, project)
        return Following(work, policy, remediations, Voice(work, Causes(group)))

    async def _label(self, project: str, group: Events, work: UnitOfWork) -> Labelling:
        policy = await Policies(work, self._policy).of(project)
        return Labelling(work, policy, project, Voice(work, Causes(group)))


def _by_project(events: Events) -> dict[str, list[Received[Any]]]:
    projects: dict[str, list[Received[Any]]] = defaultdict(list)
    for event in sorted(events, key=lambda event: _project_of(event.payload)):
        projects[_project_of(event.payload)].append(event)
    return projects


def _project_of(payload: Payload) -> str:
    """The project that an event is about; that of a decision on labelling is its subject."""
    return str(payload.subject if isinstance(payload, AutomationDecided) else payload.project)  # type: ignore[attr-defined]  # every type handled by project has one
