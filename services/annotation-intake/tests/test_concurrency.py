"""Two members of the group at work on the same thing at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aidataops.events.annotation import PoolDefined, PoolMember, TaskAssigned, WorkRequested
from aidataops.messaging import UnitOfWork
from aidataops.messaging.received import Received, read
from aidataops.testing import ServiceHarness
from annotation_intake.app import create_app
from annotation_intake.domain.identity import task_of

from .conftest import BATCH, Intake, brief, instant, item, label, project, suspended

DEADLINE_S = 10.0


@pytest.fixture
async def other(intake: Intake, database: str) -> AsyncIterator[Intake]:
    """A second member, on the tables of the first."""
    async with ServiceHarness.start(create_app(), database) as harness:
        yield Intake(harness)


@asynccontextmanager
async def uncommitted(member: Intake, *records: Any) -> AsyncIterator[None]:
    """What a member does with a batch, its transaction open for the time of the block."""
    handlers = member.harness.application.handlers
    async with member.harness.application.pool.acquire() as connection, connection.transaction():
        events = []
        for record in records:
            event = read(record, handlers.payloads)
            assert isinstance(event, Received)
            events.append(event)
        await handlers.run(events, UnitOfWork("annotation-intake", connection, instant(0)))
        yield


async def settled(task: asyncio.Task[Any], member: Intake) -> None:
    """Wait until the task is done, or stands before a lock."""
    async with asyncio.timeout(DEADLINE_S):
        while not task.done():
            (row,) = await member.harness.fetch(
                "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"
                " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
            )
            if row["waiting"]:
                return
            await asyncio.sleep(0)


async def test_two_members_never_overfill_a_task(working: Intake, other: Intake) -> None:
    await working.send(label("a", minutes=1), label("b", minutes=2))
    async with uncommitted(working, working.at(3, label("c", minutes=3))):
        sending = asyncio.create_task(other.send(label("d", minutes=4)))
        await settled(sending, working)
    await sending
    assert await working.statuses() == {
        "a/a": "accepted",
        "b/a": "accepted",
        "c/a": "accepted",
        "d/a": "rejected",
    }


async def test_last_place_of_a_task_goes_to_one_who_asks(working: Intake, other: Intake) -> None:
    members = tuple(PoolMember(annotator=name) for name in ("ann", "bob", "cyd", "dan"))
    pool = PoolDefined(project="support", pool="night", vendor="acme-labels", members=members)
    await working.deliver(working.at(5, pool))
    await working.send(label("ann", minutes=1), label("bob", minutes=2))

    def asks(name: str) -> WorkRequested:
        facts: dict[str, Any] = {"project": "support", "vendor": "acme-labels", "annotator": name}
        return WorkRequested(request_id=name, tasks=1, **facts)

    only_a = "UPDATE tasks SET completed = true WHERE item_id = 'b'"
    async with working.harness.application.pool.acquire() as connection:
        await connection.execute(only_a)
    async with uncommitted(working, working.at(6, asks("cyd"))):
        asking = asyncio.create_task(other.deliver(other.at(6, asks("dan"))))
        await settled(asking, working)
    (late,) = await asking
    assert isinstance(late, TaskAssigned)
    assert late.task_ids == ()
    rows = await working.harness.fetch("SELECT annotator FROM assignments")
    assert [row["annotator"] for row in rows] == ["cyd"]


async def test_label_finds_a_task_that_is_just_being_created(intake: Intake, other: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(intake.at(3, item("a")))
    async with uncommitted(intake, intake.at(4, brief("a"))):
        sending = asyncio.create_task(other.send(label("ann")))
        await settled(sending, intake)
    await sending
    assert await intake.statuses() == {"ann/a": "accepted"}


async def test_task_finds_a_label_that_is_just_being_taken(intake: Intake, other: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(intake.at(3, item("a")))
    async with uncommitted(intake, intake.at(10, label("ann"))):
        planning = asyncio.create_task(other.deliver(other.at(4, brief("a"))))
        await settled(planning, intake)
    await planning
    assert await intake.statuses() == {"ann/a": "accepted"}


async def test_batch_finds_content_that_is_just_being_accepted(
    intake: Intake, other: Intake
) -> None:
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    async with uncommitted(intake, intake.at(3, item("a"))):
        planning = asyncio.create_task(other.deliver(other.at(4, brief("a"))))
        await settled(planning, intake)
    await planning
    assert [row["item_id"] for row in await intake.harness.fetch("SELECT * FROM tasks")] == ["a"]


async def test_suspension_reaches_a_label_that_is_just_being_taken(
    working: Intake, other: Intake
) -> None:
    async with uncommitted(working, working.at(10, label("ann", minutes=10))):
        suspending = asyncio.create_task(other.deliver(other.at(9, suspended("ann"))))
        await settled(suspending, working)
    await suspending
    assert await working.statuses() == {"ann/a": "rejected"}


async def test_revisions_for_two_tasks_at_once_see_each_other(
    working: Intake, other: Intake
) -> None:
    moved = label("ann", minutes=11, revision=2, task_id=task_of(BATCH, "b"))
    async with uncommitted(working, working.at(10, label("ann", minutes=10))):
        sending = asyncio.create_task(other.send(moved))
        await settled(sending, working)
    await sending
    (row,) = await working.harness.fetch("SELECT task_id, revision FROM labels")
    assert (row["task_id"], row["revision"]) == (task_of(BATCH, "a"), 1)
