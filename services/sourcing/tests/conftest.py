"""A sourcing service on a database, and events with times and ids of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from aidataops.events import Payload
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import ItemSubmitted, Provenance, SourceSubmitted
from aidataops.messaging.cloudevents import encode
from aidataops.testing import ServiceHarness
from sourcing.app import create_app

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TABLES = ("sources", "items", "briefs", "slice_counts")


class Sourcing:
    """The service and a way to say when something happened."""

    def __init__(self, harness: ServiceHarness) -> None:
        self.harness = harness

    def at(self, minutes: int, payload: Payload, event_id: str | None = None) -> Any:
        """The payload as an event of that minute; the same arguments are the same event."""
        outgoing = encode(
            payload,
            event_id=event_id or f"{minutes}/{payload.model_dump_json()}"[:1000],
            source="/tests",
            time=START + timedelta(minutes=minutes),
        )
        return self.harness.raw(outgoing.topic, outgoing.key, outgoing.value, outgoing.headers)

    async def deliver(self, *records: Any) -> list[Payload]:
        return await self.harness.deliver_records(*records)

    async def state(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table of the service."""
        return {
            table: [
                dict(row)
                for row in await self.harness.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
            ]
            for table in TABLES
        }

    async def statuses(self) -> dict[str, str]:
        rows = await self.harness.fetch("SELECT item_id, coalesce(gate, status) AS it FROM items")
        return {row["item_id"]: row["it"] for row in rows}


@asynccontextmanager
async def fresh(database: str) -> AsyncIterator[Sourcing]:
    """The service with empty tables."""
    async with ServiceHarness.start(create_app(), database) as harness:
        owner = await asyncpg.connect(database)
        await owner.execute(
            "SET search_path = sourcing; TRUNCATE inbox, outbox, " + ", ".join(TABLES)
        )
        await owner.close()
        yield Sourcing(harness)


@pytest.fixture
async def sourcing(database: str) -> AsyncIterator[Sourcing]:
    async with fresh(database) as service:
        yield service


def source(
    source_id: str = "docs", licence: str | None = "CC-BY-4.0", project: str = "support"
) -> SourceSubmitted:
    return SourceSubmitted(
        source_id=source_id,
        project=project,
        name="Help pages",
        kind="internal_document",
        provenance=Provenance(origin="acme", method="export", licence=licence),
    )


def item(item_id: str, text: str | None = None, **more: Any) -> ItemSubmitted:
    more = {
        "project": "support",
        "source_id": "docs",
        "slices": {"domain": "returns", "language": "es"},
    } | more
    return ItemSubmitted(item_id=item_id, text=text or f"question {item_id}", **more)


def approved(quota: int = 2, **more: Any) -> RemediationApproved:
    more = {"kind": "source_items", "slices": {"domain": "returns", "language": "es"}} | more
    return RemediationApproved(
        remediation_id="r1", project="support", quota=quota, approved_by="lead", **more
    )
