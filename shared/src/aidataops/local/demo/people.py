"""What the people inside the program say: the lead, who imports data, who trains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from aidataops.events import Payload
from aidataops.events.annotation import GuidelinePublished, LabelSchema, ProjectDefined
from aidataops.events.evaluation import DatasetReference
from aidataops.events.feedback import RemediationRequested
from aidataops.events.governance import ApproveRemediation, DecisionRecorded, PublishDataset
from aidataops.events.lineage import VersionRegistered, VersionRow
from aidataops.events.quality import GoldenItem, GoldenItemsDefined
from aidataops.events.sourcing import ItemSubmitted, Provenance, SourceKind, SourceSubmitted
from aidataops.events.training import TrainingRunCompleted
from aidataops.local.demo.data import (
    CATEGORIES,
    DATASET,
    GUIDELINE,
    LEGACY_COHORT,
    PROJECT,
    SEED_COHORT,
    SEED_DATASET,
    StoryData,
    StoryItem,
)

LEAD = "program-lead"
EXPERT = "returns-expert"
RECIPE = "r1"

ARCHIVE = "support-archive"
_SOURCES: dict[str, tuple[str, str, SourceKind, str]] = {
    "archive": (ARCHIVE, "Answers given by support until now", "internal_document", "CC-BY-4.0"),
    "desk": ("acme-returns-desk", "Written by the vendor's desk", "human_generated", "CC0-1.0"),
    "forum": ("buyers-forum", "Collected from a forum", "crawl", "CC-BY-NC-4.0"),
}
"""Of an item: its source's id, name, kind and licence."""


def set_standard(data: StoryData) -> list[Payload]:
    """The lead defines the project, an expert signs the guideline and the golden items."""
    return [
        ProjectDefined(
            project=PROJECT,
            name="Customer support answers",
            dataset=DATASET,
            label_schema=LabelSchema(categories=CATEGORIES),
            guideline_version=GUIDELINE,
            accountable=LEAD,
        ),
        GuidelinePublished(project=PROJECT, guideline_version=GUIDELINE, signed_off_by=EXPERT),
        GoldenItemsDefined(
            project=PROJECT,
            items=tuple(
                GoldenItem(
                    item_id=item.item_id, text=item.text, slices=item.slices, value=item.truth
                )
                for item in data.golden
            ),
        ),
    ]


def propose_sources() -> list[Payload]:
    """Sources of items, with what is known of them; one has a licence that forbids our use."""
    return [
        SourceSubmitted(
            source_id=source_id,
            project=PROJECT,
            name=name,
            kind=kind,
            provenance=Provenance(origin=name, method=kind, geography="EU", licence=licence),
        )
        for source_id, name, kind, licence in _SOURCES.values()
    ]


def submit(items: Iterable[StoryItem], brief_id: str | None = None) -> list[Payload]:
    """Items on their way in, in answer to a brief or to nothing."""
    return [
        ItemSubmitted(
            item_id=item.item_id,
            project=PROJECT,
            source_id=_SOURCES[item.source][0],
            text=item.text,
            slices=item.slices,
            brief_id=brief_id,
        )
        for item in items
    ]


def register_versions(data: StoryData) -> list[Payload]:
    """The dataset versions that there were before: of the second, one slice was relabelled."""
    seed = [_row(item, SEED_COHORT) for item in data.seed]
    kept = [_row(item, SEED_COHORT) for item in data.seed if not item.dropped]
    legacy = [_row(item, LEGACY_COHORT) for item in data.legacy]
    return [
        VersionRegistered(dataset=SEED_DATASET, version=1, project=PROJECT, rows=tuple(seed)),
        VersionRegistered(
            dataset=DATASET,
            version=1,
            project=PROJECT,
            parents=(DatasetReference(dataset=SEED_DATASET, version=1),),
            rows=(*kept, *legacy),
        ),
    ]


def train(model: str, dataset: str, version: int, now: datetime) -> TrainingRunCompleted:
    """A model was trained on a dataset version, by the one recipe of the story."""
    return TrainingRunCompleted(
        training_run_id=f"train-{model.rpartition('/')[2]}",
        project=PROJECT,
        model=model,
        datasets=(DatasetReference(dataset=dataset, version=version),),
        recipe=RECIPE,
        completed_at=now,
    )


def approve(remediation: RemediationRequested, now: datetime) -> DecisionRecorded:
    """The lead says yes to data work."""
    return _decide(
        f"approve-{remediation.remediation_id}",
        remediation.remediation_id,
        ApproveRemediation(approved=True, reason="The slice matters, the cost is in the budget."),
        now,
    )


def publish(parent_version: int, batch_ids: Sequence[str], now: datetime) -> DecisionRecorded:
    """The lead wants the next version of the dataset, with these batches in it."""
    return _decide(
        f"publish-{DATASET}-{parent_version + 1}",
        DATASET,
        PublishDataset(project=PROJECT, parent_version=parent_version, batch_ids=tuple(batch_ids)),
        now,
    )


def _decide(
    decision_id: str, subject: str, decision: ApproveRemediation | PublishDataset, now: datetime
) -> DecisionRecorded:
    return DecisionRecorded(
        decision_id=decision_id,
        subject=subject,
        decision=decision,
        made_by=LEAD,
        role="accountable",
        made_at=now,
    )


def _row(item: StoryItem, cohort: str) -> VersionRow:
    return VersionRow(item_id=item.item_id, value=item.imported, cohort=cohort, slices=item.slices)
