"""Any order, any number of times: the same state in the end."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aidataops.events.base import Payload
from aidataops.testing.harness import ServiceHarness
from qa.app import create_app

TABLES = {
    "projects": "SELECT * FROM projects ORDER BY project",
    "golden_items": "SELECT project, item_id, value FROM golden_items ORDER BY 1, 2",
    "tasks": "SELECT * FROM tasks ORDER BY task_id",
    "labels": "SELECT * FROM labels ORDER BY label_id",
    "golden_scores": "SELECT * FROM golden_scores ORDER BY label_id",
    "annotators": "SELECT * FROM annotators ORDER BY project, vendor, annotator",
    "measured_batches": "SELECT * FROM measured_batches ORDER BY batch_id",
    "findings": "SELECT kind, scope, subject, payload FROM findings ORDER BY 1, 2, 3",
}
EMPTY = "TRUNCATE inbox, " + ", ".join(TABLES)


@pytest.fixture
def story(support: Any, items: dict[str, str]) -> list[Payload]:
    """Two batches, a careless annotator, a corrected and a withdrawn label, a raised floor."""
    work = dict(list(items.items())[14:])
    return [
        support.defined(),
        support.defined(floor=0.7, revision=2),
        support.golden_items(),
        *support.tasks("b1", work),
        *support.tasks("b2", work),
        *support.labels("b1", work, ("acme-1", "acme-2", "bright-2")),
        *support.labels("b2", work, ("acme-1", "bright-1", "bright-2")),
        support.label("b1", "item-20", "acme-1", "unclear", revision=2),
        support.label("b2", "item-21", "acme-1", "correct", revision=2, withdrawn=True),
    ]


async def state_after(
    qa: ServiceHarness, admin_url: str, events: list[Payload], size: int
) -> dict[str, list[tuple[Any, ...]]]:
    owner = await asyncpg.connect(admin_url)
    await owner.execute("SET search_path = qa")
    await owner.execute(EMPTY)
    await owner.close()
    for start in range(0, len(events), size):
        await qa.deliver(*events[start : start + size])
    return {name: [tuple(row) for row in await qa.fetch(query)] for name, query in TABLES.items()}


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 7, 40, 500]))
def test_shuffled_and_repeated_events_lead_to_the_same_state(
    database: str, story: list[Payload], seed: int, size: int
) -> None:
    async def run() -> None:
        async with ServiceHarness.start(create_app(), database) as qa:
            expected = await state_after(qa, database, story, 500)
            random = Random(seed)
            events = story + random.sample(story, 40)
            random.shuffle(events)
            assert await state_after(qa, database, events, size) == expected
            assert [row[1:3] for row in expected["annotators"] if row[-1] == "suspended"] == [
                ("brightlabel", "bright-2")
            ]
            assert not await qa.dead_letters()

    asyncio.run(run())
