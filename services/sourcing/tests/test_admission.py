"""Sources and items through the running service."""

from aidataops.events.sourcing import (
    CoverageMeasured,
    ItemAccepted,
    ItemQuarantined,
    ItemSubmitted,
    SourceHeld,
    SourceRegistered,
)

from .conftest import Sourcing, item, source


async def test_item_of_a_registered_source_is_accepted_with_its_licence(sourcing: Sourcing) -> None:
    registered, accepted, coverage = await sourcing.deliver(
        sourcing.at(0, source(licence="cc-by-4.0")), sourcing.at(1, item("a", "  ¿Dónde?\n"))
    )
    assert isinstance(registered, SourceRegistered)
    assert isinstance(accepted, ItemAccepted)
    assert (accepted.licence, accepted.text) == ("CC-BY-4.0", "  ¿Dónde?\n")
    assert isinstance(coverage, CoverageMeasured)
    assert [(share.items, share.share) for share in coverage.shares] == [(1, 1.0)]


async def test_item_waits_for_its_source(sourcing: Sourcing) -> None:
    assert await sourcing.deliver(sourcing.at(1, item("a")), sourcing.at(1, item("b"))) == []
    assert await sourcing.statuses() == {"a": "pending", "b": "pending"}
    emitted = await sourcing.deliver(sourcing.at(2, source()))
    assert sorted(one.item_id for one in emitted if isinstance(one, ItemAccepted)) == ["a", "b"]


async def test_same_item_again_has_no_effect(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, item("a")))
    assert await sourcing.deliver(sourcing.at(2, item("a", "other words"))) == []
    assert await sourcing.deliver(sourcing.at(1, item("a"))) == []
    assert await sourcing.statuses() == {"a": "accepted"}


async def test_duplicate_is_quarantined_with_what_it_collides_with(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, item("z", "same  words")))
    (held,) = await sourcing.deliver(sourcing.at(2, item("a", "same words")))
    assert isinstance(held, ItemQuarantined)
    assert (held.gate, held.evidence["duplicate_of"]) == ("exact_duplicate", "z")


async def test_same_content_in_another_project_is_no_duplicate(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(0, source("other-docs", project="other")),
        sourcing.at(1, item("a", "words")),
        sourcing.at(2, item("b", "words", project="other", source_id="other-docs")),
    )
    assert await sourcing.statuses() == {"a": "accepted", "b": "accepted"}


async def test_earlier_duplicate_that_comes_late_takes_the_place(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, source()), sourcing.at(5, item("a", "words")))
    emitted = await sourcing.deliver(sourcing.at(3, item("b", "words")))
    told = [one for one in emitted if isinstance(one, ItemAccepted | ItemQuarantined)]
    assert {type(one): one.item_id for one in told} == {
        ItemAccepted: "b",
        ItemQuarantined: "a",
    }
    assert await sourcing.statuses() == {"a": "exact_duplicate", "b": "accepted"}


async def test_forbidden_licence_registers_no_source_and_holds_its_items(
    sourcing: Sourcing,
) -> None:
    emitted = await sourcing.deliver(
        sourcing.at(0, source(licence="CC-BY-NC-4.0")), sourcing.at(1, item("a"))
    )
    refused, held = emitted
    assert isinstance(refused, SourceHeld)
    assert (refused.gate, refused.approvable) == ("licence", False)
    assert isinstance(held, ItemQuarantined)
    assert (held.gate, held.evidence["licence"]) == ("licence", "CC-BY-NC-4.0")


async def test_uri_item_is_known_by_its_checksum(sourcing: Sourcing) -> None:
    def by_uri(item_id: str, checksum: str) -> ItemSubmitted:
        return ItemSubmitted(
            item_id=item_id,
            project="support",
            source_id="docs",
            uri=f"s3://bucket/{item_id}",
            media_type="audio/wav",
            checksum=checksum,
        )

    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, by_uri("a", "sha256:" + "0a" * 32)),
        sourcing.at(2, by_uri("b", "sha256:" + "0A" * 32)),
        sourcing.at(3, by_uri("c", "md5:1")),
    )
    assert await sourcing.statuses() == {"a": "accepted", "b": "exact_duplicate", "c": "encoding"}


async def test_coverage_follows_an_item_whose_slices_change(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(5, item("a", slices={"language": "en"}))
    )
    emitted = await sourcing.deliver(sourcing.at(4, item("a", slices={"language": "de"})))
    (coverage,) = [one for one in emitted if isinstance(one, CoverageMeasured)]
    assert [(share.slices, share.items) for share in coverage.shares] == [({"language": "de"}, 1)]


async def test_event_without_a_time_is_taken_at_the_brokers(sourcing: Sourcing) -> None:
    record = sourcing.at(1, item("a"))
    record.headers = tuple(header for header in record.headers if header[0] != "ce_time")
    await sourcing.deliver(sourcing.at(0, source()), record)
    assert await sourcing.statuses() == {"a": "accepted"}
