"""Briefs through the running service."""

import json
from typing import Any

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    BriefProgressed,
    ItemsRequested,
)
from sourcing.store.store import Store

from .conftest import Sourcing, approved, item, requested, source, task


async def open_brief(sourcing: Sourcing, quota: int = 2) -> str:
    _, opened, asked = await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(1, approved(quota=quota))
    )
    assert isinstance(opened, BriefOpened)
    assert isinstance(asked, ItemsRequested)
    assert (asked.brief_id, asked.missing) == (opened.brief_id, quota)
    assert (opened.remediation_id, opened.quota) == ("r1", quota)
    return opened.brief_id


def fulfilled(emitted: list[object]) -> list[tuple[str, ...]]:
    return [one.item_ids for one in emitted if isinstance(one, BriefFulfilled)]


async def test_brief_is_fulfilled_by_exactly_its_quota(sourcing: Sourcing) -> None:
    brief = await open_brief(sourcing)
    first = await sourcing.deliver(sourcing.at(2, item("a", brief_id=brief)))
    assert fulfilled([*first]) == []
    last = await sourcing.deliver(
        sourcing.at(4, item("b", brief_id=brief)), sourcing.at(3, item("c", brief_id=brief))
    )
    assert fulfilled([*last]) == [("a", "c")]


async def test_items_beyond_the_quota_change_nothing(sourcing: Sourcing) -> None:
    brief = await open_brief(sourcing, quota=1)
    await sourcing.deliver(sourcing.at(2, item("a", brief_id=brief)))
    assert fulfilled([*await sourcing.deliver(sourcing.at(3, item("b", brief_id=brief)))]) == []


async def test_items_may_come_before_their_brief(sourcing: Sourcing) -> None:
    brief = await open_brief(sourcing, quota=1)
    await sourcing.harness.application.pool.execute("DELETE FROM briefs")
    await sourcing.deliver(sourcing.at(2, item("a", brief_id=brief)))
    again = await sourcing.deliver(sourcing.at(5, approved(quota=1)))
    assert [type(one) for one in again] == [BriefOpened, BriefProgressed, BriefFulfilled]


async def test_only_accepted_items_of_the_slice_count(sourcing: Sourcing) -> None:
    brief = await open_brief(sourcing, quota=1)
    emitted = await sourcing.deliver(
        sourcing.at(2, item("a", brief_id=brief, slices={"domain": "returns", "language": "de"})),
        sourcing.at(3, item("b", "caf\ufffd", brief_id=brief)),
        sourcing.at(4, item("c", brief_id=brief, slices={"domain": "returns"})),
    )
    assert fulfilled([*emitted]) == []
    finer = {"domain": "returns", "language": "es", "risk": "low"}
    emitted = await sourcing.deliver(sourcing.at(5, item("d", brief_id=brief, slices=finer)))
    assert fulfilled([*emitted]) == [("d",)]


async def test_item_of_another_project_does_not_count(sourcing: Sourcing) -> None:
    brief = await open_brief(sourcing, quota=1)
    emitted = await sourcing.deliver(
        sourcing.at(2, source("other-docs", project="other")),
        sourcing.at(3, item("a", project="other", source_id="other-docs", brief_id=brief)),
    )
    assert fulfilled([*emitted]) == []


async def test_other_kinds_of_remediation_open_no_brief(sourcing: Sourcing) -> None:
    assert await sourcing.deliver(sourcing.at(0, approved(kind="annotate"))) == []


async def test_brief_without_quota_is_a_dead_letter_that_names_the_field(
    sourcing: Sourcing,
) -> None:
    assert await sourcing.deliver(sourcing.at(0, approved(quota=0))) == []
    (letter,) = await sourcing.harness.dead_letters()
    assert "quota" in letter["reason"]


def progress(emitted: list[object]) -> list[tuple[int, int, int]]:
    return [
        (one.items, one.from_pool, one.missing)
        for one in emitted
        if isinstance(one, BriefProgressed)
    ]


async def test_brief_takes_from_the_pool_first_and_asks_for_the_rest(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(1, item("a")), sourcing.at(2, item("b"))
    )
    emitted = await sourcing.deliver(sourcing.at(3, approved(quota=3)))
    assert progress([*emitted]) == [(2, 2, 1)]
    (asked,) = [one for one in emitted if isinstance(one, ItemsRequested)]
    assert asked.missing == 1
    emitted = await sourcing.deliver(sourcing.at(4, item("c", brief_id=asked.brief_id)))
    assert progress([*emitted]) == [(3, 2, 0)]
    assert fulfilled([*emitted]) == [("a", "b", "c")]


async def test_brief_leaves_alone_what_is_labelled_already(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, item("a")),
        sourcing.at(1, item("b")),
        sourcing.at(2, task("a")),
    )
    assert progress([*await sourcing.deliver(sourcing.at(3, approved(quota=2)))]) == [(1, 1, 1)]


async def test_task_for_a_chosen_item_does_not_take_it_away(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, item("a")))
    await sourcing.deliver(sourcing.at(2, approved(quota=1)))
    assert await sourcing.deliver(sourcing.at(3, task("a"))) == []


async def test_item_of_the_pool_serves_one_brief(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, item("a")))
    await sourcing.deliver(sourcing.at(2, approved(quota=1)))
    emitted = await sourcing.deliver(sourcing.at(3, approved(quota=1, remediation_id="r2")))
    assert fulfilled([*emitted]) == []


async def test_pool_is_drawn_from_every_combination_in_turn(sourcing: Sourcing) -> None:
    slices = {"domain": "returns", "language": "es"}
    await sourcing.deliver(
        sourcing.at(0, source()),
        *(sourcing.at(1, item(f"a{n}", slices=slices | {"risk": "low"})) for n in range(4)),
        sourcing.at(2, item("b", slices=slices | {"risk": "high"})),
    )
    emitted = await sourcing.deliver(sourcing.at(3, approved(quota=3)))
    assert fulfilled([*emitted]) == [("a0", "b", "a1")]


async def test_urgency_is_told_whichever_comes_first(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, requested(3.5)))
    emitted = await sourcing.deliver(sourcing.at(1, approved()))
    assert [one.priority for one in emitted if isinstance(one, BriefOpened)] == [3.5]
    emitted = await sourcing.deliver(sourcing.at(2, requested(4.5)))
    assert [one.priority for one in emitted if isinstance(one, BriefOpened)] == [4.5]


async def test_pool_is_read_as_far_as_its_brief_may_take(sourcing: Sourcing) -> None:
    """Of 6000 fitting items in two combinations, a quota of five reads five of each."""
    await sourcing.deliver(sourcing.at(0, source()))
    await sourcing.harness.fetch(
        "INSERT INTO items (project, item_id, source_id, media_type, slices, content_hash,"
        " submitted_at, digest, status)"
        " SELECT 'support', 'i' || n, 'docs', 'text/plain', slices, n::text,"
        " '2026-01-01'::timestamptz + n * interval '1 second', '', 'accepted'"
        " FROM generate_series(1, 6000) AS n CROSS JOIN LATERAL (SELECT jsonb_build_object("
        " 'domain', 'returns', 'language', 'es', 'turn', (n % 2)::text) AS slices)"
    )
    await sourcing.harness.fetch(
        "INSERT INTO slice_counts SELECT project, slices, count(*) FROM items GROUP BY 1, 2"
    )
    emitted = await sourcing.deliver(sourcing.at(1, approved(quota=5)))
    assert fulfilled(list(emitted)) == [("i1", "i2", "i3", "i4", "i5")]
    briefs = await sourcing.harness.fetch("SELECT brief_id FROM briefs")
    rows = await sourcing.harness.fetch(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {Store.queries['list_candidates']}",
        [briefs[0]["brief_id"]],
    )
    assert 0 < most_read(json.loads(rows[0][0])[0]["Plan"]) <= 10


def most_read(plan: dict[str, Any]) -> int:
    """The most items that any one step of a plan puts out, over all its loops."""
    here = 0
    if plan.get("Relation Name") == "items":
        here = round(plan["Actual Rows"] * plan["Actual Loops"])
    return max([here, *(most_read(each) for each in plan.get("Plans", []))])
