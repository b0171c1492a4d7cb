"""What names something that was erased is not kept, however it is written, whenever it comes."""

from __future__ import annotations

import asyncio
import json

import pytest

from aidataops.database import Connection
from aidataops.messaging import dead_letters, erased_names
from aidataops.messaging.dead_letters import replay
from aidataops.messaging.received import Rejected
from aidataops.testing import ServiceHarness
from aidataops.testing.probe.app import create_app

SECRET = b"Call me Ishmael"
NAME = 'müller "7"\\1'
SPELLINGS = {
    "plain": json.dumps({"item": NAME}, ensure_ascii=False).encode(),
    "escaped": json.dumps({"item": NAME}).encode(),
    "after a stray mark": b'x"y ' + json.dumps([NAME]).encode(),
    "cut off": json.dumps({"item": NAME, "a": "b"}).encode()[:-4],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("first", ["letter", "erasure"])
async def test_letter_that_names_it_is_nowhere(database: str, spelling: str, first: str) -> None:
    async with ServiceHarness.start(create_app(), database) as probe:

        async def letters() -> None:
            for text in (SPELLINGS[spelling], b'{"item": "mueller"}'):
                record = probe.raw("annotation.labels", b"k", text + SECRET, [("h", SECRET)])
                await probe.deliver_records(record)

        async def erasure() -> None:
            async with probe.application.pool.acquire() as connection, connection.transaction():
                gone = await erased_names.add(connection, {NAME})
            assert gone == (first == "letter")

        steps = (letters, erasure, letters) if first == "letter" else (erasure, letters)
        for step in steps:
            await step()
        held = await probe.fetch("SELECT code, key, value, headers, reason FROM dead_letters")
        by_code = {row["code"]: row for row in held}
        assert by_code["erased"]["key"] == b"k"
        assert by_code["erased"]["value"] is None
        assert SECRET not in by_code["erased"]["headers"]
        assert SECRET in by_code["malformed"]["value"]
        said = [one for one in probe.published if SECRET in (one.value or b"")]
        assert len(said) == (3 if first == "letter" else 1)


async def test_letter_about_an_erased_key_is_counted_once_and_not_replayed(database: str) -> None:
    async with (
        ServiceHarness.start(create_app(), database) as probe,
        probe.application.pool.acquire() as connection,
    ):
        await erased_names.add(connection, {NAME})
        record = probe.raw("annotation.labels", NAME.encode(), SECRET, [])
        await probe.deliver_records(record)
        await probe.deliver_records(record)
        (letter,) = await probe.dead_letters()
        assert (letter["code"], letter["deliveries"]) == ("erased", 2)
        now = probe.application.clock.now()
        assert await replay(connection, [letter["identity"]], now=now) == 0


async def test_erasure_waits_for_a_letter_that_is_being_kept(database: str) -> None:
    """Else it would not see the letter, and who keeps it would not see the name."""
    async with ServiceHarness.start(create_app(), database) as probe:
        pool = probe.application.pool

        async def erase() -> int:
            async with pool.acquire() as connection, connection.transaction():
                return await erased_names.add(connection, {NAME})

        async with pool.acquire() as keeping, keeping.transaction():
            record = probe.raw("annotation.labels", NAME.encode(), SECRET, [])
            letter = Rejected(record, "schema", "it is wrong")
            await dead_letters.add(keeping, [letter], service="probe", prefix="")
            erasing = asyncio.create_task(erase())
            assert await asyncio.wait_for(waiting(keeping), 5)
        assert await erasing == 1


async def waiting(connection: Connection) -> bool:
    """Whether somebody waits for a lock, as soon as somebody does."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE NOT granted AND locktype = 'advisory' AND datname = current_database())"
    )
    while not await connection.fetchval(query):
        await asyncio.sleep(0.01)
    return True
