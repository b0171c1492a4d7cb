"""Briefs through the running service."""

from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    BriefProgressed,
    ItemsRequested,
)

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
