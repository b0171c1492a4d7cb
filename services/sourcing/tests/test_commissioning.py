"""Briefs through the running service."""

from aidataops.events.sourcing import BriefFulfilled, BriefOpened

from .conftest import Sourcing, approved, item, source


async def open_brief(sourcing: Sourcing, quota: int = 2) -> str:
    _, opened = await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(1, approved(quota=quota))
    )
    assert isinstance(opened, BriefOpened)
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
    assert [type(one) for one in again] == [BriefOpened, BriefFulfilled]


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
