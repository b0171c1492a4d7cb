"""Contents that nobody can use any more go when they are old; everything else stays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import ValidationError

from aidataops.events import Payload
from aidataops.events.lineage import Recipe, RowFilter, VersionRequested
from aidataops.events.quality import BatchBlocked, GateCheck
from aidataops.testing import ServiceHarness, SettableClock
from lineage.app import create_app
from lineage.building import building
from lineage.retention import sweep
from lineage.settings import LineageSettings

Story = Mapping[str, Payload]
DAYS = 30


@pytest_asyncio.fixture
async def lineage(database: str) -> AsyncIterator[ServiceHarness]:
    application = create_app()
    application.clock = SettableClock()
    async with ServiceHarness.start(application, database) as harness:
        yield harness


async def kept_after(lineage: ServiceHarness, days: float) -> set[str]:
    """The items with contents so many days later."""
    clock = lineage.application.clock
    assert isinstance(clock, SettableClock)
    clock.advance(timedelta(days=days))
    await sweep(lineage.application, DAYS, page=2)
    return {row["item_id"] for row in await lineage.fetch("SELECT item_id FROM item_contents")}


async def test_what_no_version_and_no_open_batch_holds_goes(
    lineage: ServiceHarness, story: Story
) -> None:
    """i-8 is in nothing, i-1 to i-3 are in support@1, i-9 in an open batch, then in support@2."""
    unfinished = {"decision to publish", "erasure"}
    await lineage.deliver(*(event for name, event in story.items() if name not in unfinished))
    assert await kept_after(lineage, DAYS + 1) == {"i-1", "i-2", "i-3", "i-9"}
    await lineage.deliver(story["decision to publish"])
    assert await kept_after(lineage, 1) == {"i-1", "i-2", "i-3", "i-9"}


async def test_young_contents_stay(lineage: ServiceHarness, story: Story) -> None:
    await lineage.deliver(story["item 8"])
    assert await kept_after(lineage, DAYS - 1) == {"i-8"}
    assert await kept_after(lineage, 2) == set()


async def test_item_waits_for_its_batch_to_close(lineage: ServiceHarness, story: Story) -> None:
    await lineage.deliver(story["item 9"], story["label 9 of acme-1"])
    assert await kept_after(lineage, DAYS + 1) == {"i-9"}, "its task's batch is not known"
    await lineage.deliver(story["task 9"])
    assert await kept_after(lineage, 1) == {"i-9"}, "it is being labelled"
    await lineage.deliver(story["release"])
    assert await kept_after(lineage, 1) == {"i-9"}, "somebody may decide to publish it"
    blocked = BatchBlocked(
        project="support", batch_id="b-1", revision=2,
        checks=(GateCheck(name="agreement", verdict="failed", figure=0.2, floor=0.667),),
    )  # fmt: skip
    await lineage.deliver(blocked)
    assert await kept_after(lineage, 1) == set()


async def test_batch_closes_for_items_that_its_version_left_out(
    lineage: ServiceHarness, story: Story
) -> None:
    request = VersionRequested(
        decision_id="d-2", dataset="support", project="support", parent_version=1,
        batch_ids=("b-1",), made_by="lead", role="accountable",
        made_at=datetime(2026, 4, 1, tzinfo=UTC),
        recipe=Recipe(filters=(RowFilter(dimension="value", allowed=("incorrect",)),)),
    )  # fmt: skip
    unfinished = {"decision to publish", "erasure"}
    await lineage.deliver(*(event for name, event in story.items() if name not in unfinished))
    await lineage.deliver(request)
    assert await kept_after(lineage, DAYS + 1) == {"i-1", "i-2", "i-3"}


def test_nothing_is_swept_unless_somebody_says_after_how_many_days() -> None:
    (builds,) = create_app(LineageSettings(content_days=None))._in_background
    assert builds is building
    assert len(create_app(LineageSettings(content_days=365))._in_background) == 2
    with pytest.raises(ValidationError, match="content_days"):
        LineageSettings(content_days=0)
