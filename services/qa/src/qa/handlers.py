"""One function per consumed event type."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.annotation import (
    GuidelineProposed,
    LabelAccepted,
    ProjectDefined,
    TaskCreated,
)
from aidataops.events.governance import ItemReleaseDecided, StandardChanged, WaiverGranted
from aidataops.events.lineage import ErasureRequested
from aidataops.events.quality import ConsensusMethodSelected, GoldenItemsDefined
from aidataops.events.sourcing import CoverageMeasured, ItemQuarantined
from aidataops.messaging import Handlers, Received, UnitOfWork
from qa.assessment import Assessor

handlers = Handlers()


@handlers.on(ProjectDefined)
async def on_project_defined(
    definitions: Sequence[Received[ProjectDefined]], work: UnitOfWork
) -> None:
    """A floor is set: everything of the project is held against it."""
    await Assessor(work).take_projects(definitions)


@handlers.on(GoldenItemsDefined)
async def on_golden_items_defined(
    definitions: Sequence[Received[GoldenItemsDefined]], work: UnitOfWork
) -> None:
    """Answers are known: labels of these items are scored."""
    await Assessor(work).take_golden_items(definitions)


@handlers.on(TaskCreated)
async def on_task_created(tasks: Sequence[Received[TaskCreated]], work: UnitOfWork) -> None:
    """A batch grows, and may be complete by this: labels can be here before their task."""
    await Assessor(work).take_tasks(tasks)


@handlers.on(LabelAccepted)
async def on_label_accepted(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
    """A label is new, changed or withdrawn: its annotator and its batch are looked at."""
    await Assessor(work).take_labels(labels)


@handlers.on(GuidelineProposed)
async def on_guideline_proposed(
    drafts: Sequence[Received[GuidelineProposed]], work: UnitOfWork
) -> None:
    """Sections say which values they tell apart: confusions are reported against them."""
    await Assessor(work).take_guidelines(drafts)


@handlers.on(ErasureRequested)
async def on_erasure_requested(
    requests: Sequence[Received[ErasureRequested]], work: UnitOfWork
) -> None:
    """Labels that are texts go with a subject's items."""
    await Assessor(work).take_erasures(requests)


@handlers.on(ConsensusMethodSelected)
async def on_consensus_method_selected(
    choices: Sequence[Received[ConsensusMethodSelected]], work: UnitOfWork
) -> None:
    """A project weighs its labels in another way from now on."""
    await Assessor(work).take_methods(choices)


@handlers.on(StandardChanged)
async def on_standard_changed(
    changes: Sequence[Received[StandardChanged]], work: UnitOfWork
) -> None:
    """A floor has another value: every gate uses it."""
    await Assessor(work).take_standards(changes)


@handlers.on(WaiverGranted)
async def on_waiver_granted(waivers: Sequence[Received[WaiverGranted]], work: UnitOfWork) -> None:
    """A batch may pass in spite of a check, for a while."""
    await Assessor(work).take_waivers(waivers)


@handlers.on(CoverageMeasured)
async def on_coverage_measured(
    measurements: Sequence[Received[CoverageMeasured]], work: UnitOfWork
) -> None:
    """Sourcing says whether the project's items represent production."""
    await Assessor(work).take_coverage(measurements)


@handlers.on(ItemQuarantined)
async def on_item_quarantined(items: Sequence[Received[ItemQuarantined]], work: UnitOfWork) -> None:
    """Items are held back: no batch ships with them."""
    await Assessor(work).take_quarantines(items)


@handlers.on(ItemReleaseDecided)
async def on_item_release_decided(
    decisions: Sequence[Received[ItemReleaseDecided]], work: UnitOfWork
) -> None:
    """Items are let in after all."""
    await Assessor(work).take_releases(decisions)
