"""What was erased is gone, and stays gone whatever is said again."""

from __future__ import annotations

from itertools import permutations

import pytest

from aidataops.events.annotation import LabelSchema
from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.events.sourcing import ItemAccepted
from aidataops.testing.harness import payload_of

from . import conftest as story
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


SECRET = "Call me Ishmael, 0171 1234567"
TEXT = LabelSchema(kind="text")


@pytest.mark.parametrize("order", list(permutations(("task", "label", "erasure"))))
async def test_label_that_is_a_text_goes_with_its_item_whatever_comes_last(
    intake: Intake, order: tuple[str, ...]
) -> None:
    said = {
        "task": [intake.at(3, story.item("a")), intake.at(4, story.brief("a"))],
        "label": [intake.at(10, story.label("acme-1", value=SECRET))],
        "erasure": [
            intake.harness.record(
                ErasureRequested(subject="subject-1", project="support", item_ids=("a",))
            )
        ],
    }
    told = story.project(golden_rate=0.0, label_schema=TEXT)
    await intake.deliver(*(intake.at(*each) for each in told))
    for name in order:
        await intake.deliver(*said[name])
    again = story.label("acme-1", value=SECRET, revision=2, minutes=20)
    emitted = await intake.deliver(intake.at(20, again))
    assert SECRET not in "".join(each.model_dump_json() for each in emitted)
    rows = await intake.harness.fetch("SELECT value FROM submissions")
    assert {row["value"] for row in rows} == {""}
    parts = [payload_of(record) for record in intake.harness.published]
    (part,) = [each for each in parts if isinstance(each, ErasureApplied)]
    before = set(order[: order.index("erasure")])
    assert part.texts == ("task" in before) + (before == {"task", "label"})
