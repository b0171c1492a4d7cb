"""Which tasks a batch consists of."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from aidataops.events.annotation import LabelSchema, TaskCreated, Tier
from aidataops.events.base import Slices
from annotation_intake.domain.identity import digest_of, task_of

MINIMUM_GOLDEN_ITEMS = 5
"""In a batch whose project has golden items and wants them: below, no test has any power."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a project asks of its labels, since ``defined_at``."""

    project: str
    revision: int
    label_schema: LabelSchema
    guideline_version: str
    overlap: int
    golden_rate: float
    defined_at: datetime
    review: bool = False
    assigned_only: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What an annotator gets to see of an item, and the slices it lies in."""

    text: str | None
    uri: str | None
    slices: Slices


@dataclass(frozen=True, slots=True)
class GoldenContent:
    """A golden item's content and since when it is one."""

    content: Content
    defined_at: datetime


@dataclass(slots=True)
class Review:
    """Who is to see an item again.

    ``reviewed`` by somebody who did not label it, ``adjudicated`` where the reviewers agreed with
    nobody, or labelled by one more annotator (``more_overlap``).
    """

    reviewed: bool = False
    more_overlap: bool = False
    labelled_by: set[str] = field(default_factory=set)
    reviewed_by: set[str] = field(default_factory=set)

    @property
    def adjudicated(self) -> bool:
        return bool(self.reviewed_by)


@dataclass(frozen=True, slots=True)
class Batch:
    """What was asked for; ``items`` has ``None`` where the content is not known yet.

    ``guideline_version`` is set where the batch is worked under another than the project's.
    """

    batch_id: str
    project: str
    remediation_id: str | None
    requested_at: datetime
    items: Mapping[str, Content | None]
    guideline_version: str | None = None
    reviews: Mapping[str, Review] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks of a batch that can be created by now, and the definition they are made under."""

    definition: Definition
    tasks: tuple[TaskCreated, ...]
    golden_items: frozenset[str]


def definition_in_force(
    definitions: Collection[Definition], requested_at: datetime
) -> Definition | None:
    """The highest revision that was defined when the batch was asked for; else the lowest one.

    A later revision does not reach back: labels that were promised under the old one stay valid.
    """
    known = [one for one in definitions if one.defined_at <= requested_at]
    if known:
        return max(known, key=lambda one: one.revision)
    return min(definitions, key=lambda one: one.revision, default=None)


def golden_in_force(
    golden: Mapping[str, GoldenContent], requested_at: datetime
) -> dict[str, Content]:
    """The golden items there were when the batch was asked for; else the first ones defined.

    Golden items defined later are for later batches: a batch at work is not extended.
    """
    if not golden:
        return {}
    until = max(requested_at, min(one.defined_at for one in golden.values()))
    return {name: one.content for name, one in golden.items() if one.defined_at <= until}


def choose_golden(batch_id: str, golden: Collection[str], *, items: int, rate: float) -> list[str]:
    """Golden items for a batch of ``items``: ``rate`` of them, at least five; none at rate 0.

    The order is that of a hash over batch and item: every batch gets others, and the same ones
    whenever it is planned again.
    """
    wanted = max(math.ceil(rate * items), MINIMUM_GOLDEN_ITEMS) if rate > 0 else 0
    return sorted(golden, key=lambda item: sha256(f"{batch_id}/{item}".encode()).digest())[:wanted]


def plan_batch(
    batch: Batch,
    definitions: Collection[Definition],
    guidelines: Collection[str],
    golden: Mapping[str, GoldenContent],
    hidden: Collection[str] = (),
) -> Plan | None:
    """The tasks of a batch, or ``None`` while the project or its signed-off guideline is unknown.

    ``hidden`` are the golden items whose tasks are out already; they stay. An item whose content
    is not known yet counts in ``batch_size`` and gets its task once it is. Tasks come in the order
    of their ids, which tells nothing about who is golden.
    """
    definition = definition_in_force(definitions, batch.requested_at)
    if definition is not None and batch.guideline_version is not None:
        definition = replace(definition, guideline_version=batch.guideline_version)
    if definition is None or definition.guideline_version not in guidelines:
        return None
    eligible = golden_in_force(golden, batch.requested_at)
    chosen = choose_golden(
        batch.batch_id,
        [item for item in eligible if item not in batch.items],
        items=len(batch.items),
        rate=definition.golden_rate,
    )
    kept = {item: golden[item].content for item in hidden if item in golden}
    mixed_in = {item: eligible[item] for item in chosen} | kept
    contents = {**mixed_in, **batch.items}
    tasks = [
        task
        for item, content in contents.items()
        if content is not None
        for task in _create_tasks(batch, definition, item, content, batch_size=len(contents))
    ]
    tasks.sort(key=lambda task: task.task_id)
    return Plan(definition, tuple(tasks), frozenset(mixed_in.keys() - batch.items.keys()))


def _create_tasks(
    batch: Batch, definition: Definition, item_id: str, content: Content, *, batch_size: int
) -> Iterator[TaskCreated]:
    """The item's task, and those of further tiers where the project has them."""
    review = batch.reviews.get(item_id, Review()) if definition.review else Review()
    task = TaskCreated(
        task_id=task_of(batch.batch_id, item_id),
        project=batch.project,
        batch_id=batch.batch_id,
        batch_size=batch_size,
        item_id=item_id,
        text=content.text,
        uri=content.uri,
        slices=content.slices,
        label_schema=definition.label_schema,
        guideline_version=definition.guideline_version,
        overlap=definition.overlap + review.more_overlap,
        remediation_id=batch.remediation_id,
        assigned_only=definition.assigned_only,
    )
    yield task
    if review.reviewed:
        yield _at_tier(task, "tier2", review.labelled_by)
    if review.adjudicated:
        yield _at_tier(task, "adjudication", review.labelled_by | review.reviewed_by)


def _at_tier(task: TaskCreated, tier: Tier, excluded: Collection[str]) -> TaskCreated:
    return task.model_copy(
        update={
            "task_id": task_of(task.batch_id, task.item_id, tier),
            "tier": tier,
            "overlap": 1,
            "excluded_annotators": tuple(sorted(excluded)),
        }
    )


def changed_tasks(plans: Sequence[Plan], known: Mapping[str, str]) -> list[TaskCreated]:
    """The tasks of the plans that nobody was told about in this form; ``known`` are digests."""
    return [
        task for plan in plans for task in plan.tasks if known.get(task.task_id) != digest_of(task)
    ]
