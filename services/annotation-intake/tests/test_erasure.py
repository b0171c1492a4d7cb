"""What was erased is gone, and stays gone whatever is said again."""

from __future__ import annotations

from itertools import permutations

import pytest

from aidataops.events.annotation import LabelSchema
from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.events.quality import GoldenItem, GoldenItemsDefined
from aidataops.events.sourcing import ItemAccepted
from aidataops.testing.harness import payload_of
from annotation_intake.domain.identity import task_of

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


@pytest.mark.parametrize("order", list(permutations(("task", "answers", "erasure"))))
async def test_golden_text_and_answers_that_no_schema_allowed_go_too(
    intake: Intake, order: tuple[str, ...]
) -> None:
    """The kind of label is categories; an annotator has pasted the text instead of one."""
    golden = GoldenItemsDefined(
        project="support", items=(GoldenItem(item_id="a", text=SECRET, value="correct"),)
    )
    said = {
        "task": [intake.at(3, story.item("a")), intake.at(4, story.brief("a"))],
        "answers": [
            intake.at(9, golden),
            intake.at(10, story.label("acme-1", value=SECRET)),
            intake.at(10, story.label("acme-2")),
        ],
        "erasure": [
            intake.harness.record(
                ErasureRequested(subject="subject-1", project="support", item_ids=("a",))
            )
        ],
    }
    await intake.deliver(*(intake.at(*each) for each in story.project(golden_rate=0.0)))
    for name in order:
        await intake.deliver(*said[name])
    await intake.deliver(intake.at(9, golden.model_copy()))
    parts = [payload_of(record) for record in intake.harness.published]
    (part,) = [each for each in parts if isinstance(each, ErasureApplied)]
    known = (
        {"a", task_of(story.BATCH, "a")} if order.index("task") < order.index("erasure") else {"a"}
    )
    assert set(part.names or ()) == known
    assert SECRET not in await everything(intake)
    rows = await intake.harness.fetch(
        "SELECT value, status FROM submissions JOIN labels USING (label_id)"
    )
    assert {tuple(row) for row in rows} == {("", "rejected"), ("correct", "accepted")}


async def test_many_names_are_told_in_chunks(intake: Intake) -> None:
    items = tuple(f"i-{n:04}" + "é" * 194 for n in range(2001))
    erasure = ErasureRequested(subject="subject-1", project="support", item_ids=items)
    parts = [
        each for each in await intake.harness.deliver(erasure) if isinstance(each, ErasureApplied)
    ]
    assert [(part.chunk, part.chunks) for part in parts] == [(0, 3), (1, 3), (2, 3)]
    assert [name for part in parts for name in part.names or ()] == list(items)


async def test_letter_that_names_a_task_about_an_erased_item_goes(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*each) for each in story.project(golden_rate=0.0)))
    await intake.deliver(intake.at(3, story.item("a")), intake.at(4, story.brief("a")))
    record = intake.at(10, story.label("acme-1", value=SECRET))
    bad = intake.harness.raw(
        record.topic, b"k", record.value.replace(b"annotator", b"annotates"), record.headers
    )
    await intake.deliver(bad)
    assert SECRET in await everything(intake)
    erasure = ErasureRequested(subject="subject-1", project="support", item_ids=("a",))
    await intake.deliver(intake.harness.record(erasure))
    assert SECRET not in await everything(intake)


async def everything(intake: Intake) -> str:
    """All that the service holds, as text."""
    tables = await intake.harness.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_name NOT IN ('inbox', 'outbox')"
    )
    held = [
        await intake.harness.fetch(f'SELECT t::text FROM "{each[0]}" AS t')
        if each[0] != "dead_letters"
        else await intake.harness.fetch("SELECT encode(value, 'escape') FROM dead_letters")
        for each in tables
    ]
    return "\n".join(row[0] or "" for rows in held for row in rows)
