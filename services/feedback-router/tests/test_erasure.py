"""The router keeps no text of an item, but a dead letter may."""

from __future__ import annotations

from aidataops.events.lineage import (
    ErasureApplied,
    ErasureRequested,
    VersionRegistered,
    VersionRow,
)
from aidataops.testing import ServiceHarness
from feedback_router.app import create_app

SECRET = "Call me Ishmael, 0171 1234567"
ERASURE = ErasureRequested(subject="subject-1", project="support", item_ids=("i-1",))


async def everything(router: ServiceHarness) -> str:
    """All that the service holds, as text."""
    tables = await router.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_name NOT IN ('inbox', 'outbox')"
    )
    rows = [await router.fetch(f'SELECT t::text FROM "{each[0]}" AS t') for each in tables]
    letters = await router.fetch("SELECT encode(value, 'escape') FROM dead_letters")
    return "\n".join(row[0] or "" for found in (*rows, letters) for row in found)


async def test_text_of_an_erased_item_is_nowhere(database: str) -> None:
    rows = (VersionRow(item_id="i-1", value=SECRET, cohort="c", slices={}),)
    version = VersionRegistered(dataset="support", version=1, project="support", rows=rows)
    async with ServiceHarness.start(create_app(), database) as router:
        record = router.record(version)
        bad = router.raw(
            record.topic, b"k", record.value.replace(b'"dataset"', b'"dates"'), record.headers
        )
        await router.deliver_records(record)
        assert SECRET not in await everything(router)
        await router.deliver_records(bad)
        assert SECRET in await everything(router)
        (part,) = await router.deliver(ERASURE)
        assert isinstance(part, ErasureApplied)
        assert (part.service, part.texts, part.dead_letters) == ("feedback-router", 0, 1)
        await router.deliver_records(bad)
        assert SECRET not in await everything(router)
