"""An erasure is completed when every service has done its part, and texts go with their items."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from random import Random

import asyncpg
import httpx
import pytest
import pytest_asyncio

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted, LabelSchema, ProjectDefined
from aidataops.events.lineage import ErasureApplied, ErasureCompleted, ErasureRequested
from aidataops.events.quality import BatchReleased, ConsensusReached
from aidataops.testing import ServiceHarness, SettableClock
from lineage.app import create_app
from lineage.flagging import KEEPERS
from lineage.store import ContentStore, ProposalStore

Story = Mapping[str, Payload]
SECRET = "Call me Ishmael, 0171 1234567"
ERASURE = ErasureRequested(subject="subject-1", project="support", item_ids=("i-2",))


@pytest_asyncio.fixture
async def lineage(database: str) -> AsyncIterator[ServiceHarness]:
    application = create_app()
    application.clock = SettableClock()
    async with ServiceHarness.start(application, database) as harness:
        yield harness


def of_texts(story: Story) -> dict[str, Payload]:
    """The story in a project whose labels are texts; the fix writes one about i-2."""
    return {name: _of_text(payload) for name, payload in story.items()}


def _of_text(payload: Payload) -> Payload:
    if isinstance(payload, ProjectDefined):
        return payload.model_copy(update={"label_schema": LabelSchema(kind="text")})
    if isinstance(payload, LabelAccepted | ConsensusReached) and payload.item_id == "i-2":
        return payload.model_copy(update={"value": SECRET})
    if isinstance(payload, BatchReleased):
        first, second = payload.items
        items = (first.model_copy(update={"value": SECRET}), second)
        return payload.model_copy(update={"items": items})
    return payload


def part(service: str) -> ErasureApplied:
    return ErasureApplied(
        request_id="request-1", subject="subject-1", project="support", service=service,
        texts=1, dead_letters=2,
    )  # fmt: skip


async def everything(lineage: ServiceHarness) -> str:
    """All that the service holds, as text."""
    tables = await lineage.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_name NOT IN ('inbox', 'outbox')"
    )
    held = [await lineage.fetch(f'SELECT t::text FROM "{each[0]}" AS t') for each in tables]
    return "\n".join(row["t"] for rows in held for row in rows)


async def test_erasure_is_completed_by_the_last_part_alone(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*story.values())
    record = lineage.record(ERASURE, event_id="request-1")
    (own,) = [each for each in await lineage.deliver_records(record)
              if isinstance(each, ErasureApplied)]  # fmt: skip
    assert (own.request_id, own.service, own.texts) == ("request-1", "lineage", 1)
    others = sorted(KEEPERS - {"lineage", "gateway"})
    assert await lineage.deliver(own, *(part(name) for name in others), part(others[0])) == []
    (completed,) = await lineage.deliver(part("gateway"), part("gateway"))
    assert isinstance(completed, ErasureCompleted)
    assert {each.service for each in completed.parts} == KEEPERS
    assert sum(each.dead_letters for each in completed.parts) == 2 * (len(KEEPERS) - 1)
    assert [each.version for each in completed.versions] == [1, 2]
    assert completed.training_runs == ("tr-2", "tr-3")
    assert completed.models == ("acme/assistant-v2", "acme/assistant-v3")
    assert completed.gone_from_topics_at == lineage.application.clock.now() + timedelta(days=7)
    assert await lineage.deliver(*(part(name) for name in KEEPERS), own.model_copy()) == []


async def test_erasure_from_before_an_upgrade_waits_for_those_that_there_were(
    lineage: ServiceHarness,
) -> None:
    """Lineage has answered the request before it held whom it waits for; others never will."""
    emitted = await lineage.deliver(*(part(name) for name in ("lineage", "qa", "sourcing")))
    assert emitted == []
    assert await lineage.deliver(part("gateway")) == []
    (completed,) = await lineage.deliver(part("annotation-intake"))
    assert isinstance(completed, ErasureCompleted)
    assert await lineage.deliver(part("console"), part("feedback-router")) == []


@pytest.mark.parametrize("seed", range(3))
async def test_text_about_an_erased_item_is_nowhere_in_whatever_order_it_came(
    lineage: ServiceHarness, story: Story, seed: int
) -> None:
    events = [*of_texts(story).values(), ERASURE]
    for event in Random(seed).sample(events, len(events)):
        await lineage.deliver(event)
    for event in events[:-1]:
        await lineage.deliver(event.model_copy())
    held = await everything(lineage)
    assert SECRET not in held
    assert await lineage.dead_letters() == []


async def test_sealed_row_loses_its_text_and_keeps_its_hash(
    lineage: ServiceHarness, story: Story
) -> None:
    await lineage.deliver(*of_texts(story).values())
    row = "SELECT value, row_hash FROM version_rows WHERE (version_id, item_id) = ('support@2', $1)"
    (before,) = await lineage.fetch(row, "i-2")
    assert before["value"] == SECRET
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="published"):
        await lineage.application.pool.execute("UPDATE version_rows SET value = ''")
    await lineage.deliver(ERASURE)
    (after,) = await lineage.fetch(row, "i-2")
    assert tuple(after) == ("", before["row_hash"])
    (other,) = await lineage.fetch(row, "i-9")
    assert other["value"] == "correct"
    transport = httpx.ASGITransport(app=lineage.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://lineage") as http:
        answer = (await http.get("/datasets/support/versions/2/verification")).json()
    assert answer["verified"]
    for statement in ("value = 'x'", "row_hash = ''", "item_id = 'i-77'"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="published"):
            await lineage.application.pool.execute(
                f"UPDATE version_rows SET {statement} WHERE item_id = 'i-2'"
            )


async def test_category_of_an_erased_item_stays(lineage: ServiceHarness, story: Story) -> None:
    await lineage.deliver(*story.values(), ERASURE)
    rows = await lineage.fetch("SELECT value FROM version_rows WHERE item_id = 'i-2'")
    assert {row["value"] for row in rows} == {"correct", "incorrect"}


async def test_labels_of_items_that_nobody_erased_read_no_rows(
    lineage: ServiceHarness, database: str
) -> None:
    """Nobody can read them: who looked for labels of nothing would wait, as batches once did."""
    owner = await asyncpg.connect(database, server_settings={"search_path": "lineage"})
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE version_rows, batches, facts IN ACCESS EXCLUSIVE MODE")
            async with (
                asyncio.timeout(5),
                lineage.application.pool.acquire() as connection,
                connection.transaction(),
            ):
                texts = ContentStore(connection)
                assert await texts.forget_texts(item_ids=["i-1"], projects=["support"]) == 0
    finally:
        await owner.close()


OTHERS = """
INSERT INTO facts SELECT 'consensus', 'x-' || n || '#d', 'reached', 1, now(), n, '{}'
    FROM generate_series(1, 6000) AS n;
INSERT INTO edges SELECT 'consensus', 'x-' || n || '#d', 'released_in', 'release',
    'x-' || n / 10 || '#1', false, now(), n, '', '' FROM generate_series(1, 6000) AS n;
INSERT INTO batches SELECT 'x-' || n, 'x', 1, true, NULL, '[{"item_id": "x", "value": "v"}]',
    now(), n FROM generate_series(1, 2000) AS n;
INSERT INTO versions VALUES ('x@1', 'x', 1, 'x', 'built', 1, '[]', '{}', '{}');
INSERT INTO version_rows SELECT 'x@1', 'x-' || n, 'v', '{}', '{}', '\\x00'
    FROM generate_series(1, 6000) AS n;
INSERT INTO tombstones SELECT 'x-' || n, 'y', 'x', now() FROM generate_series(1, 6000) AS n;
INSERT INTO tombstones VALUES ('i-2', 's', 'support', now());
ANALYZE;
"""
ROWS_READ = """
SELECT relname, seq_tup_read + idx_tup_fetch AS rows FROM pg_stat_xact_user_tables
WHERE relname = ANY ('{facts,edges,batches,version_rows,tombstones}')
"""


async def test_texts_are_looked_for_among_what_is_about_their_items(
    lineage: ServiceHarness, story: Story, database: str
) -> None:
    """Of thousands of rows, releases and consensus those of two items are read."""
    await lineage.deliver(*of_texts(story).values())
    owner = await asyncpg.connect(database, server_settings={"search_path": "lineage"})
    await owner.execute(OTHERS)
    await owner.close()
    async with lineage.application.pool.acquire() as connection, connection.transaction():
        assert await ContentStore(connection).forget_texts(item_ids=["i-2", "i-9"]) > 3
        (proposed,) = await ProposalStore(connection).propose(["s"])
        assert (proposed.subject, proposed.parent_version) == ("s", 2)
        read = {row["relname"]: row["rows"] for row in await connection.fetch(ROWS_READ)}
        assert SECRET not in str(await connection.fetch("TABLE batches"))
    assert len(read) == 5
    assert max(read.values()) < 200
