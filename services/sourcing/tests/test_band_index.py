"""Near duplicates are found by every member of the group, and after whatever ended how."""

from collections.abc import AsyncIterator

import pytest

from aidataops.testing import ServiceHarness
from sourcing import band_index, registration
from sourcing.app import create_app
from sourcing.band_index import BandIndex
from sourcing.domain.duplicates import Rank
from sourcing.domain.resemblance import shingles_of, sign
from sourcing.store.bands import BandStore
from sourcing.store.contents import ContentStore

from .conftest import START, Sourcing, fresh, item, source, words

ASKING = ("support", "new")
HELD = "near_duplicate"


@pytest.fixture
async def members(database: str) -> AsyncIterator[tuple[Sourcing, Sourcing]]:
    """Two members of one group."""
    async with fresh(database) as one, ServiceHarness.start(create_app(), database) as other:
        await one.deliver(one.at(0, source()))
        yield one, Sourcing(other)


async def test_index_survives_a_restart(database: str) -> None:
    async with fresh(database) as first:
        await first.deliver(first.at(0, source()), first.at(1, item("a", words(0))))
    async with ServiceHarness.start(create_app(), database) as harness:
        again = Sourcing(harness)
        await again.deliver(again.at(2, item("b", words(3))))
        assert await again.statuses() == {"a": "accepted", "b": HELD}


@pytest.mark.parametrize("page", [1, 64])
async def test_member_finds_what_another_has_let_in(
    members: tuple[Sourcing, Sourcing], monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(band_index, "PAGE", page)
    one, other = members
    for number in range(6):
        member = (one, other)[number // 2 % 2]
        await member.deliver(member.at(number, item(f"new-{number}", words(1000 * number))))
    for number in range(6):
        member = (one, other)[number % 2]
        near = item(f"near-{number}", words(1000 * number + 3))
        await member.deliver(member.at(10 + number, near))
    statuses = await one.statuses()
    assert {statuses[f"near-{number}"] for number in range(6)} == {HELD}
    assert {statuses[f"new-{number}"] for number in range(6)} == {"accepted"}


async def test_transaction_finds_what_it_writes_and_forgets_it_when_it_fails(
    sourcing: Sourcing,
) -> None:
    pool, index = sourcing.harness.application.pool, BandIndex()
    lost, kept = ("support", "aa" * 32), ("support", "bb" * 32)
    (bands,) = sign([shingles_of(words(0))])
    async with pool.acquire() as connection:
        contents, stored = ContentStore(connection), BandStore(connection)
        transaction = connection.transaction()
        await transaction.start()
        await contents.add({lost: Rank(START, "lost")}, {lost: bands})
        assert await index.find(stored, {ASKING: bands}) == {lost: bands}
        await transaction.rollback()
        assert index.memory == 0
        await contents.add({kept: Rank(START, "kept")}, {kept: bands})  # takes the same number
        assert await index.find(stored, {ASKING: bands}) == {kept: bands}
        assert index.memory > 0


async def test_database_from_a_backup_is_read_anew(sourcing: Sourcing) -> None:
    index, before, after = BandIndex(), ("support", "aa" * 32), ("support", "bb" * 32)
    (bands,) = sign([shingles_of(words(0))])
    async with sourcing.harness.application.pool.acquire() as connection:
        contents, stored = ContentStore(connection), BandStore(connection)
        await contents.add({before: Rank(START, "before")}, {before: bands})
        assert await index.find(stored, {ASKING: bands}) == {before: bands}
        for restored in ({after: bands}, {}):
            await connection.execute("DELETE FROM band_segments")
            await contents.add(dict.fromkeys(restored, Rank(START, "after")), restored)
            assert await index.find(stored, {ASKING: bands}) == restored


async def test_pages_of_one_transaction_find_each_other(
    sourcing: Sourcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "PAGE", 1)
    await sourcing.deliver(
        sourcing.at(1, item("a", words(0))),
        sourcing.at(2, item("b", words(3))),
        sourcing.at(3, source()),
    )
    assert await sourcing.statuses() == {"a": "accepted", "b": HELD}


async def test_contents_from_before_are_signed_at_the_start(database: str) -> None:
    """Two in a project, one in another, one without words, one whose text was erased."""
    async with fresh(database) as service:
        await service.deliver(
            service.at(0, source()),
            service.at(0, source("theirs", project="other")),
            service.at(1, item("a", words(0))),
            service.at(1, item("b", words(500))),
            service.at(1, item("c", words(0), project="other", source_id="theirs")),
            service.at(1, item("d", "?!")),
            service.at(1, item("e", words(900))),
        )
        await service.harness.fetch("UPDATE items SET text = NULL WHERE item_id = 'e'")
        await service.harness.fetch("UPDATE contents SET place = NULL, segment = NULL")
        await service.harness.fetch("DELETE FROM band_segments")
    async with ServiceHarness.start(create_app(), database) as harness:
        again = Sourcing(harness)
        await again.deliver(
            again.at(2, item("near-a", words(3))),
            again.at(2, item("near-b", words(503))),
            again.at(2, item("near-c", words(3), project="other", source_id="theirs")),
            again.at(2, item("near-e", words(903))),
        )
        statuses = await again.statuses()
        assert {statuses[f"near-{name}"] for name in "abc"} == {HELD}
        assert statuses["near-e"] == "accepted"
        assert await harness.fetch("SELECT FROM contents WHERE place IS NULL") == []
