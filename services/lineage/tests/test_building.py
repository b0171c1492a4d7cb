"""A version that is built in steps: the same as one built at once, whatever happens in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio
from pyroaring import BitMap

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import (
    ErasureRequested,
    Quota,
    Recipe,
    VersionPublished,
    VersionRegistered,
    VersionRequested,
    VersionRow,
)
from aidataops.events.quality import BatchReleased
from aidataops.messaging import Origin
from aidataops.testing import ServiceHarness
from aidataops.testing.harness import headers_of, payload_of
from lineage import building, publishing
from lineage.app import create_app
from lineage.domain import bitmaps
from lineage.publishing import Publisher
from lineage.store import BuildStore, builds, versions

Story = Mapping[str, Payload]
DECIDED = ("project", "chunk 0", "chunk 1", "release", "decision to publish")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two ordinals, and a step for each."""
    monkeypatch.setattr(bitmaps, "CHUNK_BITS", 1)
    monkeypatch.setattr(builds, "PART_ROWS", 1)


@pytest_asyncio.fixture
async def lineage(database: str) -> AsyncIterator[ServiceHarness]:
    async with ServiceHarness.start(create_app(), database) as harness:
        yield harness


@pytest.fixture
def stepwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small enough to be built by whoever decides on it."""
    monkeypatch.setattr(publishing, "AT_ONCE", 0)


async def open_builds(lineage: ServiceHarness) -> list[tuple[str, Origin]]:
    async with lineage.application.pool.acquire() as connection:
        return await BuildStore(connection).open_builds()


async def content(lineage: ServiceHarness, *names: str) -> dict[str, Any]:
    """All that is held of versions, with items instead of ordinals."""
    items = {row["ordinal"]: row["item_id"] for row in await lineage.fetch("TABLE ordinals")}
    sets: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in await lineage.fetch("TABLE memberships"):
        key = (row["version_id"], row["facet"], row["value"])
        sets[key] |= {items[ordinal] for ordinal in BitMap.deserialize(row["items"])}
    for row in await lineage.fetch("TABLE changes"):
        key = (row["version_id"], "changed since", row["parent_id"])
        sets[key] |= {items[ordinal] for ordinal in BitMap.deserialize(row["items"])}
    return {
        "sets": {key: each for key, each in sets.items() if key[0] in names},
        **{
            table: await lineage.fetch(
                f"SELECT * FROM {table} WHERE version_id = ANY ($1) ORDER BY {order}", list(names)
            )
            for table, order in (
                ("versions", "version_id"),
                ("version_rows", "version_id, item_id"),
                ("marginals", "version_id, facet, value"),
            )
        },
    }


def published(lineage: ServiceHarness) -> list[tuple[str, int, int]]:
    payloads = [payload_of(record) for record in lineage.published]
    return [
        (each.dataset, each.version, each.items)
        for each in payloads
        if isinstance(each, VersionPublished)
    ]


async def build_with_crashes(lineage: ServiceHarness, *again: Payload) -> int:
    """Every step is lost once before its commit, and what began the build comes again."""
    steps = 0
    while held := await open_builds(lineage):
        name, origin = held[0]
        with pytest.raises(ConnectionError):
            await crashed_step(lineage, name, origin)
        await lineage.deliver(*(payload.model_copy() for payload in again))
        await building.step(lineage.application, name, origin)
        steps += 1
    return steps


async def crashed_step(lineage: ServiceHarness, name: str, origin: Origin) -> None:
    async with lineage.application.unit_of_work(origin) as work:
        build = await BuildStore(work.connection).hold(name)
        assert build is not None
        await Publisher(work).advance(build, origin)
        raise ConnectionError("the process is gone")


async def test_crash_and_redelivery_between_steps_leave_one_whole_version(
    lineage: ServiceHarness, story: Story, storied: str, stepwise: None
) -> None:
    events = [story[name] for name in DECIDED]
    await lineage.deliver(*events)
    assert published(lineage) == []
    assert await build_with_crashes(lineage, *events) > 10
    assert published(lineage) == [("support", 1, 3), ("support", 2, 4)]
    assert await lineage.dead_letters() == []
    async with ServiceHarness.start(create_app(), storied) as at_once:
        whole = await content(at_once, "support@1", "support@2")
    assert await content(lineage, "support@1", "support@2") == whole
    assert whole["sets"]["support@2", "changed since", "support@1"] == {"i-2", "i-9"}
    (decision,) = await lineage.fetch("SELECT state FROM decisions")
    assert decision["state"] == "published"
    for table in ("builds", "build_batches", "build_counts"):
        assert await lineage.fetch(f"TABLE {table}") == []


async def test_half_a_version_is_not_there_for_anybody(
    lineage: ServiceHarness, story: Story, stepwise: None
) -> None:
    await lineage.deliver(*(story[name] for name in DECIDED))
    seen = set()
    while held := await open_builds(lineage):
        seen |= {row["version_id"] for row in await lineage.fetch("TABLE marginals")}
        sealed = await lineage.fetch("SELECT version_id FROM versions WHERE hash IS NOT NULL")
        assert seen <= {row["version_id"] for row in sealed}
        await building.step(lineage.application, *held[0])
    assert seen == {"support@1"}


@pytest.mark.parametrize("after", [0, 3, 7])
async def test_item_erased_while_the_version_is_built_is_not_in_it(
    lineage: ServiceHarness, story: Story, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    await lineage.deliver(story["project"], story["chunk 0"], story["chunk 1"])
    monkeypatch.setattr(publishing, "AT_ONCE", 0)
    await lineage.deliver(story["release"], story["decision to publish"])
    for _ in range(after):
        assert await building.step(lineage.application, *(await open_builds(lineage))[0])
    erasure = ErasureRequested(subject="s", project="support", item_ids=("i-1", "i-2"))
    await lineage.deliver(erasure)
    await building.build_all(lineage.application)
    assert published(lineage)[-1] == ("support", 2, 2)
    held = await content(lineage, "support@2")
    assert held["sets"]["support@2", "all", ""] == {"i-3", "i-9"}
    assert held["sets"]["support@2", "changed since", "support@1"] == {"i-1", "i-2", "i-9"}
    counts = {(row["facet"], row["value"]): row["items"] for row in held["marginals"]}
    assert counts["all", ""] == 2
    assert counts["vendor", "acme-labels"] == counts["vendor", "brightlabel"] == 1
    (version,) = held["versions"]
    hashes = sorted(bytes(row["row_hash"]) for row in held["version_rows"])
    assert version["hash"] == sha256(b"".join(hashes)).hexdigest()


async def test_decision_on_a_version_that_is_being_built_changes_nothing(
    lineage: ServiceHarness, story: Story, stepwise: None
) -> None:
    await lineage.deliver(*(story[name] for name in DECIDED))
    await building.step(lineage.application, *(await open_builds(lineage))[0])
    await building.build_all(lineage.application)
    earlier = wanted(1, Recipe(seed="other"), day=1)
    child = wanted(2, Recipe())
    await lineage.deliver(earlier, child)
    for _ in range(3):
        await building.build_all(lineage.application)
    assert published(lineage) == [("support", 1, 3), ("support", 2, 4), ("support", 3, 4)]
    rows = await lineage.fetch("SELECT decision_id, state FROM decisions")
    assert {row["decision_id"]: row["state"] for row in rows} == {
        "d-1": "published", "on-1": "refused", "on-2": "published",
    }  # fmt: skip
    ids = [headers_of(record)["ce_id"] for record in lineage.published]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rows", [1, 1000])
@pytest.mark.parametrize(("named", "wins"), [("12", "of 2"), ("21", "of 1"), ("4132", "of 2")])
async def test_batch_named_last_wins_in_steps_of_its_own_or_of_all(
    lineage: ServiceHarness, story: Story, stepwise: None, monkeypatch: pytest.MonkeyPatch,
    named: str, wins: str, rows: int,
) -> None:  # fmt: skip
    """However the database holds them: here the last one is its first."""
    monkeypatch.setattr(builds, "PART_ROWS", rows)
    release = story["release"]
    assert isinstance(release, BatchReleased)
    for number in named:
        items = tuple(item.model_copy(update={"value": f"of {number}"}) for item in release.items)
        again = {"batch_id": f"b-{number}", "items": items}
        await lineage.deliver(release.model_copy(update=again))
    await lineage.deliver(story["project"], story["chunk 0"], story["chunk 1"])
    batches = tuple(f"b-{number}" for number in named)
    await building.build_all(lineage.application)
    await lineage.deliver(wanted(1, Recipe()).model_copy(update={"batch_ids": batches}))
    await lineage.application.pool.execute(TURNED)
    await building.build_all(lineage.application)
    found = await lineage.fetch(
        "SELECT DISTINCT value FROM version_rows WHERE release_id IS NOT NULL"
    )
    assert [row["value"] for row in found] == [wins]


TURNED = """
WITH held AS (DELETE FROM build_batches RETURNING *)
INSERT INTO build_batches SELECT * FROM held ORDER BY place DESC
"""


async def test_composition_too_long_for_a_record_leaves_the_smallest_strata_out(
    lineage: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "COMPOSITION_BYTES", 100)
    emitted = await lineage.deliver(registered(1, "abc"))
    (version,) = [each for each in emitted if isinstance(each, VersionPublished)]
    assert [(entry.slices, entry.items) for entry in version.composition] == [({"side": "even"}, 2)]
    assert (version.items, version.composition_left_out) == (3, 1)


async def test_two_members_take_one_step(
    lineage: ServiceHarness, story: Story, stepwise: None
) -> None:
    await lineage.deliver(story["chunk 0"], story["chunk 1"])
    ((name, origin),) = await open_builds(lineage)
    async with lineage.application.unit_of_work(origin) as work:
        assert await BuildStore(work.connection).hold(name)
        assert not await building.step(lineage.application, name, origin)


async def test_relatives_that_are_built_at_the_same_time_are_compared(
    lineage: ServiceHarness, stepwise: None
) -> None:
    await lineage.deliver(registered(2, "bacd", parent=1), registered(1, "abcx"))
    rounds = 0
    while held := await open_builds(lineage):
        await building.step(lineage.application, *held[rounds % len(held)])
        rounds += 1
    held_sets = (await content(lineage, "faq@2"))["sets"]
    assert held_sets["faq@2", "changed since", "faq@1"] == {"i-a", "i-b", "i-d", "i-x"}


async def test_recipe_chooses_from_all_rows_before_any_is_copied(
    lineage: ServiceHarness, story: Story, stepwise: None
) -> None:
    everything = {each.item_id for each in registered(1, "abcdefghij").rows}
    recipe = Recipe(quotas=(Quota(slices={"side": "odd"}, maximum=2),), seed="s")
    await lineage.deliver(story["project"], registered(1, "abcdefghij", dataset="support"))
    await building.build_all(lineage.application)
    await lineage.deliver(wanted(1, recipe))
    await building.build_all(lineage.application)
    held = (await content(lineage, "support@2"))["sets"]
    assert len(held["support@2", "slice", "side=odd"]) == 2
    assert held["support@2", "slice", "side=even"] == {f"i-{name}" for name in "acegi"}
    assert held["support@2", "changed since", "support@1"] == (
        everything - held["support@2", "all", ""]
    )


def wanted(parent: int, recipe: Recipe, *, day: int = 9) -> VersionRequested:
    return VersionRequested(
        decision_id=f"on-{parent}", dataset="support", project="support", parent_version=parent,
        recipe=recipe, made_by="lead", role="accountable",
        made_at=datetime(2026, 3, day, tzinfo=UTC),
    )  # fmt: skip


def registered(
    version: int, names: str, *, dataset: str = "faq", parent: int | None = None
) -> VersionRegistered:
    """Items named by letters; a row says at which place its item stands."""
    rows = tuple(
        VersionRow(
            item_id=f"i-{name}", value=str(place), cohort="c/p/1/b",
            slices={"side": "odd" if place % 2 else "even"},
        )
        for place, name in enumerate(names)
    )  # fmt: skip
    parents = () if parent is None else (DatasetReference(dataset=dataset, version=parent),)
    return VersionRegistered(
        dataset=dataset, version=version, project="support", parents=parents, rows=rows
    )
