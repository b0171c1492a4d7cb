"""A sourcing service on a database, and events with times and ids of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import LabelSchema, ProjectDefined, TaskCreated
from aidataops.events.feedback import RemediationApproved, RemediationRequested
from aidataops.events.governance import ItemReleaseDecided, PolicyChanged, SourceDecided
from aidataops.events.sourcing import (
    BenchmarkProtected,
    ItemSubmitted,
    ProductionSampled,
    ProductionWeightsSet,
    Provenance,
    SliceCount,
    SliceFloor,
    SliceWeight,
    SourceSubmitted,
)
from aidataops.messaging.cloudevents import encode
from aidataops.testing import ServiceHarness
from sourcing.app import create_app

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TABLES = (
    "sources",
    "source_decisions",
    "accountables",
    "policies",
    "items",
    "item_releases",
    "item_uses",
    "contents",
    "benchmarks",
    "protected_runs",
    "briefs",
    "remediation_requests",
    "slice_counts",
    "production_weights",
    "production_samples",
)
"""All but ``band_segments``, which tells how contents came in, not what was decided."""
OF_BATCHES = {"segment", "place", "written_in"}
"""Columns that depend on how events were batched."""


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
        """Every row of every table, as far as it does not depend on the batches."""
        found: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            rows = await self.harness.fetch(f"SELECT * FROM {table}")
            kept = [{name: row[name] for name in set(row.keys()) - OF_BATCHES} for row in rows]
            found[table] = sorted((dict(sorted(row.items())) for row in kept), key=repr)
        return found

    async def statuses(self) -> dict[str, str]:
        rows = await self.harness.fetch("SELECT item_id, coalesce(gate, status) AS it FROM items")
        return {row["item_id"]: row["it"] for row in rows}


@asynccontextmanager
async def fresh(database: str) -> AsyncIterator[Sourcing]:
    """The service with empty tables."""
    async with ServiceHarness.start(create_app(), database) as harness:
        owner = await asyncpg.connect(database)
        await owner.execute(
            "SET search_path = sourcing; TRUNCATE inbox, outbox, band_segments, "
            + ", ".join(TABLES)
        )
        await owner.close()
        yield Sourcing(harness)


@pytest.fixture
async def sourcing(database: str) -> AsyncIterator[Sourcing]:
    async with fresh(database) as service:
        yield service


def source(
    source_id: str = "docs",
    licence: str | None = "CC-BY-4.0",
    project: str = "support",
    **provenance: Any,
) -> SourceSubmitted:
    return SourceSubmitted(
        source_id=source_id,
        project=project,
        name="Help pages",
        kind="internal_document",
        provenance=Provenance(origin="acme", method="export", licence=licence, **provenance),
    )


def item(item_id: str, text: str | None = None, **more: Any) -> ItemSubmitted:
    more = {
        "project": "support",
        "source_id": "docs",
        "slices": {"domain": "returns", "language": "es"},
    } | more
    return ItemSubmitted(item_id=item_id, text=text or f"question {item_id}", **more)


def approved(quota: int = 2, **more: Any) -> RemediationApproved:
    more = {
        "remediation_id": "r1",
        "kind": "source_items",
        "slices": {"domain": "returns", "language": "es"},
    } | more
    return RemediationApproved(project="support", quota=quota, approved_by="lead", **more)


def requested(priority: float, remediation_id: str = "r1") -> RemediationRequested:
    return RemediationRequested(
        remediation_id=remediation_id,
        project="support",
        kind="source_items",
        slices={"domain": "returns", "language": "es"},
        priority=priority,
        due_at=START + timedelta(days=7),
        reason="a regression",
        policy_version="1",
    )


def project(accountable: str = "lead", revision: int = 1, name: str = "support") -> ProjectDefined:
    return ProjectDefined(
        project=name,
        revision=revision,
        name=name,
        dataset=name,
        label_schema=LabelSchema(categories=("good", "bad")),
        guideline_version="1.0.0",
        accountable=accountable,
    )


def decided(verdict: str, source_id: str = "docs", minutes: int = 0, **more: Any) -> SourceDecided:
    content: dict[str, Any] = {
        "decision_id": f"{source_id}/{verdict}/{minutes}",
        "subject": source_id,
        "project": "support",
        "made_by": "lead",
        "role": "accountable",
        "made_at": START + timedelta(minutes=minutes),
        "verdict": verdict,
    }
    return SourceDecided(**content | more)


def release(item_id: str, gate: str, **more: Any) -> ItemReleaseDecided:
    content: dict[str, Any] = {
        "decision_id": f"release/{item_id}/{gate}",
        "subject": item_id,
        "project": "support",
        "made_by": "lead",
        "role": "accountable",
        "made_at": START,
        "gate": gate,
    }
    return ItemReleaseDecided(**content | more)


def policy(document: str, version: str = "2") -> PolicyChanged:
    return PolicyChanged(
        subject="sourcing.licences", version=version, changed_by="lead", document=document
    )


def benchmark(*texts: str, benchmark_id: str = "returns-faq", chunk: int = 0) -> BenchmarkProtected:
    return BenchmarkProtected(
        benchmark_id=benchmark_id, name="FAQ", chunk=chunk, chunks=chunk + 1, texts=texts
    )


def weights(
    shares: dict[str, float], floors: dict[str, int] | None = None, revision: int = 1, **more: Any
) -> ProductionWeightsSet:
    """Weights and floors per language."""
    return ProductionWeightsSet(
        project="support",
        revision=revision,
        weights=tuple(
            SliceWeight(slices={"language": name}, weight=share) for name, share in shares.items()
        ),
        floors=tuple(
            SliceFloor(slices={"language": name}, items=items, reason="safety")
            for name, items in (floors or {}).items()
        ),
        **more,
    )


def sampled(counts: dict[str, int], window: str = "w1", day: int = 1) -> ProductionSampled:
    return ProductionSampled(
        project="support",
        window=window,
        ended_at=START + timedelta(days=day),
        counts=tuple(
            SliceCount(slices={"language": name}, samples=samples)
            for name, samples in counts.items()
        ),
    )


def task(item_id: str) -> TaskCreated:
    return TaskCreated(
        task_id=f"task-{item_id}",
        project="support",
        batch_id="b",
        batch_size=1,
        item_id=item_id,
        label_schema=LabelSchema(categories=("good", "bad")),
        guideline_version="1.0.0",
        overlap=1,
    )


def words(start: int, count: int = 60) -> str:
    """A text of ``count`` different words; texts that start close to each other resemble."""
    return " ".join(f"w{number}" for number in range(start, start + count))
