"""What the services said about one project."""

from __future__ import annotations

from typing import Any, TypeVar

from aidataops.events import Payload
from aidataops.events.annotation import TaskCreated

from .stories import labelling
from .world import World, eventually, header

P = TypeVar("P", bound=Payload)


async def said(world: World, kind: type[P], project: str) -> list[P]:
    """All events of a type that concern a project."""
    found = [
        kind.model_validate_json(record.value or b"")
        for record in await world.history(kind.topic)
        if header(record, "ce_type") == kind.type
    ]
    return [one for one in found if getattr(one, "project", None) == project]


async def hear(world: World, kind: type[P], project: str, number: int = 1) -> list[P]:
    """Wait for so many events of a type."""

    async def enough() -> list[P]:
        found = await said(world, kind, project)
        return found if len(found) >= number else []

    found: list[P] = await eventually(enough, f"{number} × {kind.__name__}")
    return found


async def begin(world: World, project: str, *items: str, **definition: Any) -> list[TaskCreated]:
    """A project at work; returns the tasks of its items, in their order."""
    defined, *others = labelling(project, *items)
    world.publish(defined.model_copy(update={"overlap": 2} | definition))
    await world.produce(*(world.encode(one) for one in others))
    tasks = {task.item_id: task for task in await hear(world, TaskCreated, project, len(items))}
    return [tasks[f"{project}-{item}"] for item in items]
