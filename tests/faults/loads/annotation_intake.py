"""Annotation intake: briefs become tasks, and vendors who read the tasks answer them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from random import Random

from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    LabelRejected,
    LabelSchema,
    LabelSubmitted,
    ProjectDefined,
    TaskCompleted,
    TaskCreated,
)
from aidataops.events.sourcing import BriefFulfilled, ItemAccepted
from tests.faults.invariants import Expectation
from tests.faults.loads.load import (
    SMALL_BATCHES,
    START,
    Clockwork,
    Event,
    Load,
    Published,
    names,
    union,
)

PROJECT = "support"
BRIEFS = 4
ANNOTATORS = ("acme-1", "acme-2")
STRANGER = "acme-9"
"""Answers with a category that there is not."""
TASKS_DEADLINE_S = 45.0

EFFECTS = union(
    "'project/' || revision FROM definitions",
    "'guideline/' || guideline_version FROM guidelines",
    "'item/' || item_id FROM items",
    "'batch/' || remediation_id FROM batches",
    "'submission/' || annotation_id FROM submissions",
    "'task/' || item_id FROM tasks",
    "'completed/' || item_id FROM tasks WHERE completed",
    "labels.status || '/' || annotation_id FROM labels JOIN submissions USING (label_id)"
    " WHERE labels.status <> 'waiting'",
)


def labels(chance: Random) -> Load:
    """A project, four briefs of 8 to 12 items, two labels for each task, and some wrong ones."""
    briefs = {
        f"remediation-{number}": [f"item-{number}-{item}" for item in range(chance.randint(8, 12))]
        for number in range(BRIEFS)
    }
    items = [item for group in briefs.values() for item in group]
    wrong = chance.sample(items, 6)
    clockwork = Clockwork()

    async def waves(published: Published) -> AsyncIterator[Sequence[Event]]:
        yield _project(clockwork)
        for remediation, group in briefs.items():
            # The brief may be there before its items, or among them.
            wave = [clockwork.event(_item(item), f"item/{item}") for item in group]
            wave.insert(chance.randint(0, len(wave)), _brief(clockwork, remediation, group))
            yield wave
        tasks = await _all_tasks(published, len(items))
        answers = _answers(clockwork, tasks, wrong)
        chance.shuffle(answers)
        for start in range(0, len(answers), 30):
            yield answers[start : start + 30]

    given = names(f"accepted/{annotator}/{item}" for item in items for annotator in ANNOTATORS)
    refused = names(f"rejected/{STRANGER}/{item}" for item in wrong)
    completed = names(f"completed/{item}" for item in items)
    tasks = names(f"task/{item}" for item in items)
    return Load(
        service="annotation-intake",
        effects=EFFECTS,
        waves=waves,
        expectation=Expectation(
            results=given | refused | completed | tasks,
            announcements=given | refused | completed | tasks,
        ),
        names_of=_names,
        environment=SMALL_BATCHES,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    match payload:
        case TaskCreated():
            return (f"task/{payload.item_id}",)
        case TaskCompleted():
            return (f"completed/{payload.item_id}",)
        case LabelAccepted():
            return (f"accepted/{payload.annotator}/{payload.item_id}",)
        case LabelRejected():
            return (f"rejected/{payload.annotation_id}",)
    return ()


async def _all_tasks(published: Published, count: int) -> Sequence[TaskCreated]:
    async with asyncio.timeout(TASKS_DEADLINE_S):
        while len(tasks := await published(TaskCreated)) < count:
            await asyncio.sleep(0.1)
    return [task for task in tasks if isinstance(task, TaskCreated)]


def _project(clockwork: Clockwork) -> list[Event]:
    project = ProjectDefined(
        project=PROJECT,
        name="Support answers",
        dataset=PROJECT,
        label_schema=LabelSchema(categories=("correct", "incorrect")),
        guideline_version="1.0.0",
        overlap=len(ANNOTATORS),
        golden_rate=0.0,
        accountable="lead",
    )
    guideline = GuidelinePublished(
        project=PROJECT, guideline_version="1.0.0", signed_off_by="expert"
    )
    return [
        clockwork.event(project, "project/1"),
        clockwork.event(guideline, "guideline/1.0.0"),
    ]


def _item(item_id: str) -> ItemAccepted:
    return ItemAccepted(
        item_id=item_id,
        project=PROJECT,
        source_id="docs",
        content_hash="00" * 32,
        text=f"question {item_id}",
        licence="CC-BY-4.0",
    )


def _brief(clockwork: Clockwork, remediation: str, items: Sequence[str]) -> Event:
    brief = BriefFulfilled(
        brief_id=f"brief-of-{remediation}",
        project=PROJECT,
        remediation_id=remediation,
        slices={},
        item_ids=tuple(items),
    )
    return clockwork.event(brief, f"batch/{remediation}")


def _answers(
    clockwork: Clockwork, tasks: Sequence[TaskCreated], wrong: Iterable[str]
) -> list[Event]:
    asked = {task.item_id: task.task_id for task in tasks}
    given = [(annotator, item, "correct") for item in asked for annotator in ANNOTATORS]
    given += [(STRANGER, item, "nonsense") for item in wrong]
    return [
        clockwork.event(
            LabelSubmitted(
                vendor="acme",
                annotation_id=f"{annotator}/{item}",
                task_id=asked[item],
                annotator=annotator,
                value=value,
                guideline_version="1.0.0",
                submitted_at=START,
            ),
            f"submission/{annotator}/{item}",
        )
        for annotator, item, value in given
    ]
