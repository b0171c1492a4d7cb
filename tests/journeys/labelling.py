"""A batch with its labels, as annotation-intake tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted, LabelSchema, ProjectDefined, TaskCreated

from .stories import SLICES
from .world import World

START = datetime(2026, 11, 1, tzinfo=UTC)
Answers = Mapping[str, Mapping[str, str]]
"""Item → annotator → value."""


async def label_all(
    world: World,
    project: str,
    answers: Answers,
    *,
    batch: str = "b1",
    categories: tuple[str, ...] = ("yes", "no"),
    kind: str = "categorical",
    floor: float = 0.667,
) -> None:
    """A project and a batch with its labels, as intake writes them."""
    schema = LabelSchema(kind=kind, categories=categories)
    batch = f"{project}-{batch}"
    events: list[Payload] = [
        ProjectDefined(
            project=project,
            name=project,
            dataset=project,
            label_schema=schema,
            guideline_version="1.0.0",
            agreement_floor=floor,
            accountable="lead",
        )
    ]
    for item, given in answers.items():
        task = f"{batch}/{item}"
        events.append(
            TaskCreated(
                task_id=task,
                project=project,
                batch_id=batch,
                batch_size=len(answers),
                item_id=f"{project}-{item}",
                text=item,
                slices=SLICES,
                label_schema=schema,
                guideline_version="1.0.0",
                overlap=max(1, len(given)),
            )
        )
        for minute, (annotator, value) in enumerate(given.items()):
            vendor = "bright" if annotator.startswith("bright") else "acme"
            events.append(
                LabelAccepted(
                    label_id=f"{task}/{annotator}",
                    revision=1,
                    project=project,
                    task_id=task,
                    batch_id=batch,
                    item_id=f"{project}-{item}",
                    annotator=annotator,
                    vendor=vendor,
                    pool="pool",
                    guideline_version="1.0.0",
                    cohort=f"{vendor}/pool/1.0.0/{batch}",
                    value=value,
                    submitted_at=START + timedelta(minutes=len(events) + minute),
                )
            )
    await world.produce(*(world.encode(event) for event in events))
