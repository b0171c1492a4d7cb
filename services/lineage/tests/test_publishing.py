"""Dataset versions on a real database: registered, built, immutable."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio

from aidataops.events import Payload
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import VersionPublished, VersionRegistered
from aidataops.events.quality import BatchReleased
from aidataops.messaging import Origin, Received
from aidataops.messaging.received import read
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.handlers import handlers

PUBLISHING = ("project", "chunk 0", "chunk 1", "release", "decision to publish")
Story = Mapping[str, Payload]


@pytest_asyncio.fixture
async def lineage(database: str) -> AsyncIterator[ServiceHarness]:
    async with ServiceHarness.start(create_app(), database) as harness:
        yield harness


def published(emitted: list[Payload]) -> list[VersionPublished]:
    return [payload for payload in emitted if isinstance(payload, VersionPublished)]


def decision(name: str, day: int, *batches: str, made_by: str = "lead") -> DecisionRecorded:
    return DecisionRecorded(
        decision_id=name,
        subject="support",
        decision=PublishDataset(project="support", parent_version=1, batch_ids=batches),
        made_by=made_by,
        role="accountable",
        made_at=datetime(2026, 3, day, tzinfo=UTC),
    )


async def test_registered_version_is_published_once_all_chunks_are_there(
    lineage: ServiceHarness, story: Story
) -> None:
    assert await lineage.deliver(story["chunk 1"]) == []
    (version,) = published(await lineage.deliver(story["chunk 0"], story["chunk 1"]))
    assert (version.dataset, version.version, version.items) == ("support", 1, 3)
    rows = await lineage.fetch("SELECT row_hash FROM version_rows")
    hashes = sorted(bytes(row["row_hash"]) for row in rows)
    assert version.hash == hashlib.sha256(b"".join(hashes)).hexdigest()


async def test_order_of_rows_does_not_change_the_hash_but_one_label_does(
    lineage: ServiceHarness, story: Story
) -> None:
    chunk = story["chunk 0"]
    assert isinstance(chunk, VersionRegistered)
    rows = chunk.rows
    relabelled = rows[0].model_copy(update={"value": "incorrect"})

    async def hash_of(name: str, *chosen: object) -> str:
        copy = chunk.model_copy(update={"dataset": name, "rows": chosen, "chunks": 1})
        (version,) = published(await lineage.deliver(copy))
        return version.hash

    first = await hash_of("first", *rows)
    assert await hash_of("reversed", *reversed(rows)) == first
    assert await hash_of("relabelled", relabelled, *rows[1:]) != first


async def test_decision_becomes_a_version_whatever_came_last(
    lineage: ServiceHarness, story: Story
) -> None:
    emitted = []
    for name in ("decision to publish", "release", "chunk 0", "project", "chunk 1"):
        emitted += published(await lineage.deliver(story[name]))
    first, second = emitted
    assert (first.version, second.version, second.items) == (1, 2, 4)
    assert second.batch_ids == ("b-1",)
    assert second.remediation_ids == ("m-1",)
    assert {(entry.cohort, entry.items) for entry in second.composition} == {
        ("brightlabel/legacy/0.9.0/import", 2),
        ("acme-labels/default/1.0.0/b-1", 2),
    }
    rows = await lineage.fetch(
        "SELECT item_id, value FROM version_rows WHERE version_id = 'support@2' ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        ("i-1", "correct"), ("i-2", "incorrect"), ("i-3", "correct"), ("i-9", "correct"),
    ]  # fmt: skip


async def test_nothing_is_built_from_a_batch_that_is_not_released(
    lineage: ServiceHarness, story: Story
) -> None:
    names = [name for name in PUBLISHING if name != "release"]
    emitted = published(await lineage.deliver(*(story[name] for name in names)))
    assert [version.version for version in emitted] == [1]
    (row,) = await lineage.fetch("SELECT state, reason FROM decisions")
    assert tuple(row) == ("waiting", "not released yet: b-1")


async def test_second_decision_with_other_batches_is_refused_and_changes_nothing(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*(story[name] for name in PUBLISHING))
    before = await lineage.fetch("SELECT * FROM version_rows ORDER BY version_id, item_id")
    release = story["release"]
    assert isinstance(release, BatchReleased)
    other = release.model_copy(update={"batch_id": "b-2", "items": release.items[:1]})
    late = (other, decision("d-2", 1, "b-1", "b-2"))
    assert published(await lineage.deliver(*late)) == []
    assert await lineage.fetch("SELECT * FROM version_rows ORDER BY version_id, item_id") == before
    (row,) = await lineage.fetch("SELECT state, reason FROM decisions WHERE decision_id = 'd-2'")
    assert row["state"] == "refused"
    assert "support@2 exists" in row["reason"]


async def test_of_two_waiting_decisions_the_first_made_wins_in_either_order(
    lineage: ServiceHarness, story: Story
) -> None:
    release = story["release"]
    assert isinstance(release, BatchReleased)
    other = release.model_copy(update={"batch_id": "b-2"})
    await lineage.deliver(story["project"], decision("late", 9, "b-2"))
    await lineage.deliver(decision("early", 8, "b-1"), decision("forged", 1, "b-2", made_by="x"))
    await lineage.deliver(story["chunk 0"], story["chunk 1"], other)
    (version,) = published(await lineage.deliver(release))
    assert version.batch_ids == ("b-1",)
    rows = await lineage.fetch("SELECT decision_id, state FROM decisions ORDER BY 1")
    assert [tuple(row) for row in rows] == [
        ("early", "published"), ("forged", "refused"), ("late", "refused"),
    ]  # fmt: skip


async def test_contradicting_chunk_goes_to_the_dead_letters(
    lineage: ServiceHarness, story: Story
) -> None:
    chunk = story["chunk 0"]
    assert isinstance(chunk, VersionRegistered)
    await lineage.deliver(chunk, story["chunk 1"])
    relabelled = tuple(row.model_copy(update={"value": "incorrect"}) for row in chunk.rows)
    again = chunk.model_copy()
    forged = chunk.model_copy(update={"rows": relabelled})
    assert published(await lineage.deliver(again, forged)) == []
    (letter,) = await lineage.dead_letters()
    assert letter["code"] == "contradiction"
    (row,) = await lineage.fetch("SELECT count(*) FROM version_rows WHERE value = 'incorrect'")
    assert row["count"] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version_rows SET value = 'x' WHERE item_id = 'i-1'",
        "DELETE FROM version_rows WHERE item_id = 'i-1'",
        "INSERT INTO version_rows SELECT version_id, 'i-77', value, cohorts, slices, row_hash "
        "FROM version_rows LIMIT 1",
        "UPDATE versions SET hash = 'x'",
        "DELETE FROM versions",
    ],
)
async def test_database_refuses_to_change_a_published_version(
    lineage: ServiceHarness, story: Story, statement: str
) -> None:
    await lineage.deliver(story["chunk 0"], story["chunk 1"])
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="published"):
        await lineage.application.pool.execute(statement)


async def test_member_waits_for_another_that_holds_the_missing_half(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(story["project"], story["chunk 0"], story["chunk 1"])
    release = read(lineage.record(story["release"]), handlers.payloads)
    assert isinstance(release, Received)
    async with lineage.application.unit_of_work(Origin.of("one member")) as work:
        await handlers.run([release], work)
        other = asyncio.create_task(lineage.deliver(story["decision to publish"]))
        await blocked(lineage, other)
    (version,) = published(await other)
    assert version.version == 2


async def blocked(lineage: ServiceHarness, task: asyncio.Task[list[Payload]]) -> None:
    """Until a statement waits for a lock, or the task has ended without."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(5):
        while not task.done():
            if (await lineage.fetch(waiting))[0]["count"]:
                return
