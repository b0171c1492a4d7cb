"""What is wrong behind a version is told once, whatever came last; what is erased stays away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import permutations
from random import Random

import httpx
import pytest
import pytest_asyncio

from aidataops.events import Payload
from aidataops.events.annotation import GuidelinePublished, LabelAccepted
from aidataops.events.lineage import (
    ErasureRequested,
    Recipe,
    RowFilter,
    SuccessorProposed,
    VersionFlagged,
    VersionPublished,
    VersionRegistered,
    VersionRequested,
    VersionRow,
)
from aidataops.events.quality import AnnotatorReinstated, AnnotatorSuspended
from aidataops.messaging.cloudevents import derived_id
from aidataops.testing import ServiceHarness
from aidataops.testing.harness import data_of, headers_of
from lineage.app import create_app
from lineage.domain.flags import superseded

Story = Mapping[str, Payload]
EVERYTHING = Recipe()
ERASURE = ErasureRequested(subject="subject-1", project="support", item_ids=("i-1",))


@pytest_asyncio.fixture
async def lineage(database: str, story: Story) -> AsyncIterator[ServiceHarness]:
    async with ServiceHarness.start(create_app(), database) as harness:
        yield harness


def without(story: Story, *left_out: str) -> list[Payload]:
    return [payload for name, payload in story.items() if name not in left_out]


def flags(emitted: Sequence[Payload]) -> set[tuple[str | None, str | None, int, int]]:
    return {
        (each.cause, each.about, each.version, each.items)
        for each in emitted
        if isinstance(each, VersionFlagged)
    }


def request(parent: int, recipe: Recipe = EVERYTHING) -> VersionRequested:
    return VersionRequested(
        decision_id=f"on-{parent}", dataset="support", project="support", parent_version=parent,
        recipe=recipe, made_by="lead", role="accountable", made_at=datetime(2026, 4, 1, tzinfo=UTC),
    )  # fmt: skip


async def test_suspended_source_flags_its_versions_and_names_the_models(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*without(story, "source suspended"))
    emitted = await lineage.deliver(story["source suspended"])
    assert flags(emitted) == {
        ("source_suspended", "s-old", 1, 3), ("source_suspended", "s-old", 2, 3),
    }  # fmt: skip
    told = {each.version: each for each in emitted if isinstance(each, VersionFlagged)}
    assert told[2].models == ("acme/assistant-v3",)
    assert "3 rows come from the source s-old" in told[2].reason
    assert flags(await lineage.deliver(story["source suspended"].model_copy())) == set()


@pytest.mark.parametrize("last", ["item 3", "chunk 1"])
async def test_flag_is_right_whatever_came_last(
    lineage: ServiceHarness, story: Story, last: str
) -> None:
    await lineage.deliver(*without(story, last))
    await lineage.deliver(story[last])
    rows = await lineage.fetch("SELECT version_id, items FROM flags WHERE about = 's-old'")
    assert {row["version_id"]: row["items"] for row in rows} == {"support@1": 3, "support@2": 3}


async def test_suspended_annotator_flags_until_reinstated(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    suspended = AnnotatorSuspended(
        project="support", annotator="acme-1", vendor="acme-labels", golden_correct=2,
        golden_total=5, log_likelihood_ratio=3.1, wilson_lower=0.1, wilson_upper=0.7,
        reason="missed",
    )  # fmt: skip
    name = "acme-labels/acme-1"
    assert flags(await lineage.deliver(suspended)) == {("annotator_suspended", name, 2, 2)}
    reinstated = AnnotatorReinstated(
        project="support", annotator="acme-1", vendor="acme-labels", reason="calibrated"
    )
    assert flags(await lineage.deliver(reinstated)) == {("annotator_suspended", name, 2, 0)}


async def test_major_guideline_makes_labels_under_the_older_one_stale(
    lineage: ServiceHarness, story: Story
) -> None:
    emitted = await lineage.deliver(*story.values())
    assert ("guideline_superseded", "support/0.9.0", 2, 2) in flags(emitted)
    newer = GuidelinePublished(project="support", guideline_version="2.0.0", signed_off_by="sme")
    assert flags(await lineage.deliver(newer)) == {("guideline_superseded", "support/1.0.0", 2, 2)}


def test_minor_guideline_versions_leave_labels_standing() -> None:
    assert superseded(["1.0.0", "1.1.0"]) == {"1.0.0": False, "1.1.0": False}
    assert superseded(["9.9.0", "10.0.0", "draft"]) == {
        "9.9.0": True, "10.0.0": False, "draft": False,
    }  # fmt: skip


async def test_withdrawn_label_flags_the_version_that_counted_it(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    label = story["label 2 of acme-1"]
    assert isinstance(label, LabelAccepted)
    gone = label.model_copy(update={"revision": 2, "withdrawn": True})
    assert flags(await lineage.deliver(gone)) == {("labels_withdrawn", "acme-labels", 2, 1)}
    back = label.model_copy(update={"revision": 3})
    assert flags(await lineage.deliver(back)) == {("labels_withdrawn", "acme-labels", 2, 0)}


async def test_erased_item_is_gone_and_everything_that_it_reached_is_named(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    emitted = await lineage.deliver(ERASURE)
    assert flags(emitted) == {("erasure", "subject-1", 1, 1), ("erasure", "subject-1", 2, 1)}
    assert await lineage.fetch("SELECT FROM item_contents WHERE item_id = 'i-1'") == []


@pytest.mark.parametrize("seed", range(4))
async def test_replay_does_not_bring_an_erased_item_back(
    lineage: ServiceHarness, story: Story, seed: int
) -> None:
    events = [ERASURE, story["item 1"], story["item 2"], story["chunk 0"], story["chunk 1"]]
    for event in Random(seed).sample(events, len(events)):
        await lineage.deliver(event.model_copy())
    for event in events[1:3]:
        await lineage.deliver(event.model_copy())
    rows = await lineage.fetch("SELECT item_id FROM item_contents")
    assert [row["item_id"] for row in rows] == ["i-2"]
    (flag,) = await lineage.fetch("SELECT * FROM flags WHERE cause = 'erasure'")
    assert (flag["version_id"], flag["items"]) == ("support@1", 1)


async def test_successor_leaves_erased_items_out(lineage: ServiceHarness, story: Story) -> None:
    await lineage.deliver(*story.values(), ERASURE)
    (version,) = await published(lineage, request(2))
    assert (version.version, version.items) == (3, 3)
    rows = await lineage.fetch("SELECT item_id FROM version_rows WHERE version_id = 'support@3'")
    assert {row["item_id"] for row in rows} == {"i-2", "i-3", "i-9"}
    assert await lineage.fetch("SELECT FROM flags WHERE version_id = 'support@3' "
                               "AND cause = 'erasure'") == []  # fmt: skip


async def test_recipe_makes_the_version_and_stays_with_it(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    recipe = Recipe(filters=(RowFilter(dimension="vendor", excluded=("brightlabel",)),))
    (version,) = await published(lineage, request(2, recipe))
    assert version.items == 2
    assert await published(lineage, request(2, recipe)) == []
    other = request(2).model_copy(update={"decision_id": "other"})
    assert await published(lineage, other) == []
    rows = await lineage.fetch("SELECT decision_id, state FROM decisions ORDER BY 1")
    assert {row["decision_id"]: row["state"] for row in rows} == {
        "d-1": "published", "on-2": "published", "other": "refused",
    }  # fmt: skip


async def published(lineage: ServiceHarness, event: VersionRequested) -> list[VersionPublished]:
    emitted = await lineage.deliver(event)
    return [each for each in emitted if isinstance(each, VersionPublished)]


def chunk(version: int, *item_ids: str) -> VersionRegistered:
    rows = tuple(VersionRow(item_id=name, value="correct", cohort="c/p/1/b") for name in item_ids)
    return VersionRegistered(dataset="faq", version=version, project="support", rows=rows)


def proposals(emitted: Sequence[Payload]) -> list[tuple[str, int, str, int]]:
    return [
        (each.dataset, each.parent_version, each.subject, each.items)
        for each in emitted
        if isinstance(each, SuccessorProposed)
    ]


async def test_erasure_proposes_a_successor_once_and_publishing_answers_it(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    assert proposals(await lineage.deliver(ERASURE)) == [("support", 2, "subject-1", 1)]
    assert proposals(await lineage.deliver(ERASURE.model_copy())) == []
    published = await lineage.deliver(request(2))
    assert [each.items for each in published if isinstance(each, VersionPublished)] == [3]
    assert proposals(published) == []
    assert await lineage.fetch("SELECT * FROM proposals") == []


async def test_more_that_is_erased_for_a_subject_is_proposed_anew(
    lineage: ServiceHarness,
) -> None:
    more = ERASURE.model_copy(update={"item_ids": ("i-2", "i-7")})
    emitted = await lineage.deliver(chunk(1, "i-1", "i-2", "i-3"), ERASURE)
    assert proposals(emitted) == [("faq", 1, "subject-1", 1)]
    assert proposals(await lineage.deliver(more)) == [("faq", 1, "subject-1", 2)]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::4])
async def test_proposals_do_not_depend_on_the_order(
    lineage: ServiceHarness, order: Sequence[int]
) -> None:
    """The newest version is what counts, and the event of it always has the same id."""
    told = (
        chunk(1, "i-1", "i-2"),
        chunk(2, "i-1", "i-2", "i-3"),
        ERASURE,
        ErasureRequested(subject="subject-2", project="support", item_ids=("i-3", "i-4")),
    )
    for place in order:
        await lineage.deliver(told[place])
    rows = await lineage.fetch("SELECT subject, version_id, items FROM proposals ORDER BY subject")
    assert [tuple(row) for row in rows] == [("subject-1", "faq@2", 1), ("subject-2", "faq@2", 1)]
    ids = {
        data_of(record)["subject"]: headers_of(record)["ce_id"]
        for record in lineage.published
        if headers_of(record)["ce_type"] == SuccessorProposed.type
        and data_of(record)["parent_version"] == 2
    }
    assert ids == {
        subject: derived_id("lineage", f"{subject}/faq@2/1")
        for subject in ("subject-1", "subject-2")
    }


async def test_proposals_are_told(lineage: ServiceHarness, http: httpx.AsyncClient) -> None:
    await lineage.deliver(chunk(1, "i-1"), ERASURE)
    assert (await http.get("/proposals?dataset=support")).json() == []
    told = (await http.get("/proposals?dataset=faq")).json()
    assert told == [
        {"subject": "subject-1", "dataset": "faq", "parent_version": 1, "project": "support",
         "items": 1}
    ]  # fmt: skip
