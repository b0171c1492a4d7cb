"""What was erased is gone, and stays gone whatever is said again."""

from __future__ import annotations

import pytest

from aidataops.events.lineage import ErasureRequested
from aidataops.events.sourcing import ItemAccepted

from .conftest import Intake

ERASURE = ErasureRequested(subject="subject-1", project="p", item_ids=("i-1", "unknown"))


def item(name: str) -> ItemAccepted:
    return ItemAccepted(
        item_id=name, project="p", source_id="s", content_hash=name, text="Hola", licence="CC0-1.0"
    )


@pytest.mark.parametrize("first", ["item", "erasure"])
async def test_content_is_gone_and_a_replay_does_not_bring_it_back(
    intake: Intake, first: str
) -> None:
    events = (item("i-1"), ERASURE) if first == "item" else (ERASURE, item("i-1"))
    await intake.harness.deliver(item("i-2"))
    for event in events:
        await intake.harness.deliver(event)
    await intake.harness.deliver(item("i-1"))
    rows = await intake.harness.fetch("SELECT item_id, text FROM items ORDER BY item_id")
    assert [tuple(row) for row in rows] == [("i-1", None), ("i-2", "Hola")]
