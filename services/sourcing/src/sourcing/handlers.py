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
from sourcing.commissioning import Commissioning
from sourcing.protection import Protection
from sourcing.registration import Registration
from sourcing.representation import Representation
from sourcing.store.erasures import ErasureStore

handlers = Handlers()


@handlers.on(SourceSubmitted)
async def on_source_submitted(
    sources: Sequence[Received[SourceSubmitted]], work: UnitOfWork
) -> None:
    """Judge sources and the items that waited for them."""
    await Registration(work).take_sources(sources)


@handlers.on(SourceDecided)
async def on_source_decided(decisions: Sequence[Received[SourceDecided]], work: UnitOfWork) -> None:
    """Let sources in, refuse or suspend them."""
    await Registration(work).decide(decisions)


@handlers.on(PolicyChanged)
async def on_policy_changed(policies: Sequence[Received[PolicyChanged]], work: UnitOfWork) -> None:
    """Judge every source by the licence policy in force."""
    await Registration(work).change_policy(policies)


@handlers.on(ProjectDefined)
async def on_project_defined(
    projects: Sequence[Received[ProjectDefined]], work: UnitOfWork
) -> None:
    """Take note of whose decisions count."""
    await Registration(work).appoint(projects)


@handlers.on(ItemSubmitted)
async def on_item_submitted(items: Sequence[Received[ItemSubmitted]], work: UnitOfWork) -> None:
    """Send items through the gates."""
    await Admission(work).take_items(items)


@handlers.on(ItemReleaseDecided)
async def on_item_release_decided(
    decisions: Sequence[Received[ItemReleaseDecided]], work: UnitOfWork
) -> None:
    """Let items in after all."""
    await Admission(work).release(decisions)


@handlers.on(BenchmarkProtected)
async def on_benchmark_protected(
    benchmarks: Sequence[Received[BenchmarkProtected]], work: UnitOfWork
) -> None:
    """Keep evaluation sets out of the pool, and find what is in."""
    await Protection(work).protect(benchmarks)


@handlers.on(ProductionWeightsSet)
async def on_production_weights_set(
    weights: Sequence[Received[ProductionWeightsSet]], work: UnitOfWork
) -> None:
    """Hold the pool against production."""
    await Representation(work).set_weights(weights)


@handlers.on(ProductionSampled)
async def on_production_sampled(
    samples: Sequence[Received[ProductionSampled]], work: UnitOfWork
) -> None:
    """Learn what production looks like from its traffic."""
    await Representation(work).take_samples(samples)


@handlers.on(RemediationApproved)
async def on_remediation_approved(
    remediations: Sequence[Received[RemediationApproved]], work: UnitOfWork
) -> None:
    """Open a brief for data work that needs new items."""
    await Commissioning(work).open_briefs(remediations)


@handlers.on(RemediationRequested)
async def on_remediation_requested(
    remediations: Sequence[Received[RemediationRequested]], work: UnitOfWork
) -> None:
    """Learn how urgent data work is."""
    await Commissioning(work).rank(remediations)


@handlers.on(TaskCreated)
async def on_task_created(tasks: Sequence[Received[TaskCreated]], work: UnitOfWork) -> None:
    """Items in labelling are no longer free in the pool."""
    await Commissioning(work).note_tasks(tasks)


@handlers.on(VersionRegistered)
async def on_version_registered(
    versions: Sequence[Received[VersionRegistered]], work: UnitOfWork
) -> None:
    """Items of a dataset version are no longer free in the pool."""
    await Commissioning(work).note_rows(versions)


@handlers.on(ErasureRequested)
async def on_erasure_requested(
    requests: Sequence[Received[ErasureRequested]], work: UnitOfWork
) -> None:
    """Take the contents of a subject's items away for good."""
    store = ErasureStore(work.connection)
    await store.lock_projects({request.payload.project for request in requests})
    for request in requests:
        keys = {(request.payload.project, item_id) for item_id in request.payload.item_ids}
        await tell_erased(request, work, texts=await store.erase(keys, work.now))
