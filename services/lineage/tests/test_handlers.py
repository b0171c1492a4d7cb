"""Events in any order, any number of times, leave the same graph."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from aidataops.testing import ServiceHarness, SettableClock
from lineage.app import create_app

Story = Mapping[str, Payload]
State = Mapping[str, Sequence[Any]]

TABLES = {
    "facts": "SELECT * FROM facts ORDER BY kind, id, aspect",
    "edges": "SELECT * FROM edges ORDER BY from_kind, from_id, relation, to_kind, to_id",
    "versions": "SELECT * FROM versions ORDER BY version_id",
    "rows": "SELECT * FROM version_rows ORDER BY version_id, item_id",
    "decisions": "SELECT * FROM decisions ORDER BY decision_id",
    "batches": "SELECT * FROM batches ORDER BY batch_id",
    "contents": "SELECT * FROM item_contents ORDER BY item_id",
    "erased": "SELECT item_id, subject, project FROM tombstones ORDER BY item_id, subject",
    "flags": "SELECT * FROM flags WHERE items > 0 ORDER BY version_id, cause, about",
    "marginals": "SELECT * FROM marginals ORDER BY version_id, facet, value",
    "reaches": "SELECT kind, id, cohort, sum(count) FROM reaches GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
}


def records_of(lineage: ServiceHarness, story: Story) -> list[Any]:
    """The story as records with the ids and the times that they would always have."""
    clock = lineage.application.clock
    assert isinstance(clock, SettableClock)
    records = []
    for name, payload in story.items():
        clock.advance(timedelta(seconds=1))
        records.append(lineage.record(payload, event_id=str(uuid5(NAMESPACE_URL, name))))
    return records


async def state_after(database: str, story: Story, order: Sequence[int], size: int) -> State:
    """Every table after the story was delivered in an order, ``size`` events at a time."""
    application = create_app()
    application.clock = SettableClock()
    async with ServiceHarness.start(application, database) as lineage:
        records = records_of(lineage, story)
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            await lineage.deliver_records(*(records[position] for position in batch))
        assert await lineage.dead_letters() == []
        state = {name: await lineage.fetch(query) for name, query in TABLES.items()}
    owner = await asyncpg.connect(database)
    await owner.execute("DROP SCHEMA lineage CASCADE")
    await owner.close()
    return state


@pytest.fixture
def in_order(database: str, story: Story) -> State:
    """Every table after the story was delivered as it happened."""
    return asyncio.run(state_after(database, story, range(len(story)), len(story)))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), size=st.integers(1, 12))
def test_order_and_repetition_of_events_do_not_matter(
    database: str, story: Story, in_order: State, data: st.DataObject, size: int
) -> None:
    told = range(len(story))
    order = data.draw(st.permutations(told))
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=5))
    assert asyncio.run(state_after(database, story, [*order, *repeated], size)) == in_order


async def test_unknown_reference_is_a_stub_until_its_event_comes(
    database: str, story: Story
) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(story["label 2 of acme-1"])
        known = "SELECT aspect FROM facts WHERE kind = 'task' AND id = 't-i-2' ORDER BY aspect"
        assert await lineage.fetch(known) == []
        await lineage.deliver(story["task done"], story["task 2"])
        assert [row["aspect"] for row in await lineage.fetch(known)] == ["completed", "created"]


async def test_failure_published_five_times_makes_one_edge(database: str, story: Story) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        for _ in range(5):
            await lineage.deliver(story["failure"])
        rows = await lineage.fetch("SELECT relation, trace_id FROM edges WHERE to_kind = 'failure'")
        assert [tuple(row) for row in rows] == [("found", "ab" * 16)]
