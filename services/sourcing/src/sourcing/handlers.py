"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.erasure import tell_erased
from aidataops.events.annotation import ProjectDefined, TaskCreated
from aidataops.events.feedback import RemediationApproved, RemediationRequested
from aidataops.events.governance import ItemReleaseDecided, PolicyChanged, SourceDecided
from aidataops.events.lineage import ErasureRequested, VersionRegistered
from aidataops.events.sourcing import (
    BenchmarkProtected,
    ItemSubmitted,
    ProductionSampled,
    ProductionWeightsSet,
    SourceSubmitted,
)
from aidataops.messaging import Handlers, Received, UnitOfWork
from sourcing.admission import Admission
from sourcing.band_index import BandIndex
from sourcing.commissioning import Commissioning
from sourcing.protected_runs import ProtectedRuns
from sourcing.protection import Protection
from sourcing.registration import Registration
from sourcing.representation import Representation
from sourcing.store.erasures import ErasureStore


class Gatekeeping:
    """The handlers, and what a process keeps of Postgres to look things up quickly."""

    def __init__(self, index: BandIndex, protected: ProtectedRuns) -> None:
        self._index = index
        self._protected = protected

    def handlers(self) -> Handlers:
        """Which of them handles what."""
        handlers = Handlers()
        handlers.on(SourceSubmitted)(self.on_source_submitted)
        handlers.on(SourceDecided)(self.on_source_decided)
        handlers.on(PolicyChanged)(self.on_policy_changed)
        handlers.on(ProjectDefined)(self.on_project_defined)
        handlers.on(ItemSubmitted)(self.on_item_submitted)
        handlers.on(ItemReleaseDecided)(self.on_item_release_decided)
        handlers.on(BenchmarkProtected)(self.on_benchmark_protected)
        handlers.on(ProductionWeightsSet)(self.on_production_weights_set)
        handlers.on(ProductionSampled)(self.on_production_sampled)
        handlers.on(RemediationApproved)(self.on_remediation_approved)
        handlers.on(RemediationRequested)(self.on_remediation_requested)
        handlers.on(TaskCreated)(self.on_task_created)
        handlers.on(VersionRegistered)(self.on_version_registered)
        handlers.on(ErasureRequested)(self.on_erasure_requested)
        return handlers

    async def on_source_submitted(
        self, sources: Sequence[Received[SourceSubmitted]], work: UnitOfWork
    ) -> None:
        """Judge sources and the items that waited for them."""
        await Registration(work, self._index).take_sources(sources)

    async def on_source_decided(
        self, decisions: Sequence[Received[SourceDecided]], work: UnitOfWork
    ) -> None:
        """Let sources in, refuse or suspend them."""
        await Registration(work, self._index).decide(decisions)

    async def on_policy_changed(
        self, policies: Sequence[Received[PolicyChanged]], work: UnitOfWork
    ) -> None:
        """Judge every source by the licence policy in force."""
        await Registration(work, self._index).change_policy(policies)

    async def on_project_defined(
        self, projects: Sequence[Received[ProjectDefined]], work: UnitOfWork
    ) -> None:
        """Take note of whose decisions count."""
        await Registration(work, self._index).appoint(projects)

    async def on_item_submitted(
        self, items: Sequence[Received[ItemSubmitted]], work: UnitOfWork
    ) -> None:
        """Send items through the gates."""
        await Admission(work, self._index, self._protected).take_items(items)

    async def on_item_release_decided(
        self, decisions: Sequence[Received[ItemReleaseDecided]], work: UnitOfWork
    ) -> None:
        """Let items in after all."""
        await Admission(work, self._index, self._protected).release(decisions)

    async def on_benchmark_protected(
        self, benchmarks: Sequence[Received[BenchmarkProtected]], work: UnitOfWork
    ) -> None:
        """Keep evaluation sets out of the pool, and find what is in."""
        await Protection(work, self._index).protect(benchmarks)

    async def on_production_weights_set(
        self, weights: Sequence[Received[ProductionWeightsSet]], work: UnitOfWork
    ) -> None:
        """Hold the pool against production."""
        await Representation(work).set_weights(weights)

    async def on_production_sampled(
        self, samples: Sequence[Received[ProductionSampled]], work: UnitOfWork
    ) -> None:
        """Learn what production looks like from its traffic."""
        await Representation(work).take_samples(samples)

    async def on_remediation_approved(
        self, remediations: Sequence[Received[RemediationApproved]], work: UnitOfWork
    ) -> None:
        """Open a brief for data work that needs new items."""
        await Commissioning(work).open_briefs(remediations)

    async def on_remediation_requested(
        self, remediations: Sequence[Received[RemediationRequested]], work: UnitOfWork
    ) -> None:
        """Learn how urgent data work is."""
        await Commissioning(work).rank(remediations)

    async def on_task_created(
        self, tasks: Sequence[Received[TaskCreated]], work: UnitOfWork
    ) -> None:
        """Items in labelling are no longer free in the pool."""
        await Commissioning(work).note_tasks(tasks)

    async def on_version_registered(
        self, versions: Sequence[Received[VersionRegistered]], work: UnitOfWork
    ) -> None:
        """Items of a dataset version are no longer free in the pool."""
        await Commissioning(work).note_rows(versions)

    async def on_erasure_requested(
        self, requests: Sequence[Received[ErasureRequested]], work: UnitOfWork
    ) -> None:
        """Take the contents of a subject's items away for good."""
        store = ErasureStore(work.connection)
        await store.lock_projects({request.payload.project for request in requests})
        for request in requests:
            keys = {(request.payload.project, item_id) for item_id in request.payload.item_ids}
            await tell_erased(request, work, texts=await store.erase(keys, work.now))
