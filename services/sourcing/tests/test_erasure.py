"""What was erased is gone, and stays gone whatever is said again."""

from __future__ import annotations

import pytest

from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.events.sourcing import ItemAccepted, ItemSubmitted, Provenance, SourceSubmitted
from aidataops.testing import ServiceHarness
from sourcing.app import create_app

SOURCE = SourceSubmitted(
    source_id="s", project="p", name="FAQ", kind="human_generated",
    provenance=Provenance(origin="tickets", method="export", licence="CC0-1.0"),
)  # fmt: skip
TEXT = "How long may I keep a pair of shoes before I have to return them to the shop?"
ERASURE = ErasureRequested(subject="subject-1", project="p", item_ids=("i-1", "unknown"))


def item(name: str, text: str = TEXT) -> ItemSubmitted:
    return ItemSubmitted(item_id=name, project="p", source_id="s", text=text)


@pytest.mark.parametrize("first", ["item", "erasure"])
async def test_content_is_gone_and_a_replay_does_not_bring_it_back(
    database: str, first: str
) -> None:
    other = item("i-2", "Where do I find the serial number of the washing machine that I bought?")
    events = (item("i-1"), ERASURE) if first == "item" else (ERASURE, item("i-1"))
    async with ServiceHarness.start(create_app(), database) as sourcing:
        await sourcing.deliver(SOURCE, other)
        for event in events:
            await sourcing.deliver(event)
        emitted = await sourcing.deliver(item("i-1"), SOURCE.model_copy())
        told = [each for each in emitted if isinstance(each, ItemAccepted)]
        assert [each.text for each in told if each.item_id == "i-1"] in ([], [None])
        rows = await sourcing.fetch("SELECT item_id, text FROM items ORDER BY item_id")
        assert [tuple(row) for row in rows] == [("i-1", None), ("i-2", other.text)]


async def test_erased_item_is_not_free_in_the_pool(database: str) -> None:
    async with ServiceHarness.start(create_app(), database) as sourcing:
        await sourcing.deliver(SOURCE, item("i-1"), ERASURE)
        rows = await sourcing.fetch("SELECT item_id FROM item_uses ORDER BY item_id")
        assert [row["item_id"] for row in rows] == ["i-1", "unknown"]


async def test_letter_that_names_an_erased_item_goes_and_its_neighbour_stays(
    database: str,
) -> None:
    async with ServiceHarness.start(create_app(), database) as sourcing:
        good = [sourcing.record(item(name)) for name in ("i-1", "i-10")]
        bad = [
            sourcing.raw(one.topic, b"k", one.value.replace(b"source_id", b"sauce_id"), one.headers)
            for one in good
        ]
        await sourcing.deliver_records(*bad)
        assert len(await sourcing.dead_letters()) == 2
        emitted = await sourcing.deliver(ERASURE)
        (part,) = [each for each in emitted if isinstance(each, ErasureApplied)]
        assert (part.service, part.texts, part.dead_letters) == ("sourcing", 0, 1)
        (letter,) = await sourcing.fetch("SELECT value FROM dead_letters")
        assert b'"i-10"' in letter["value"]
