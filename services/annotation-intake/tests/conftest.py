"""An annotation intake on a database, and the events of a small project."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    LabelRejected,
    LabelSchema,
    LabelSubmitted,
    ProjectDefined,
    TaskCreated,
)
from aidataops.events.feedback import RemediationApproved
from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    AnnotatorSuspended,
    GoldenItem,
    GoldenItemsDefined,
    ReviewRequested,
)
from aidataops.events.sourcing import BriefFulfilled, ItemAccepted
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.messaging.cloudevents import encode
from aidataops.testing import ServiceHarness
from aidataops.testing.loop import BackgroundLoop
from annotation_intake.app import create_app
from annotation_intake.domain.identity import batch_of_brief, task_of

SCHEMA = "annotation_intake"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
CATEGORIES = ("correct", "incorrect", "unsafe", "unclear")
SLICES = {"domain": "returns", "language": "es"}
BATCH = batch_of_brief("support", "b1")
TABLES = {
    "definitions": "project, revision",
    "guidelines": "project, guideline_version",
    "golden_items": "project, item_id",
    "items": "project, item_id",
    "batches": "batch_id",
    "batch_items": "batch_id, item_id",
    "tasks": "task_id",
    "submissions": "label_id, revision",
    "labels": "label_id",
    "suspensions": "project, vendor, annotator",
    "withdrawals": "vendor, vendor_project, kind, name",
    "exports": "vendor, vendor_project, exported_at, digest",
    "publications": "project, guideline_version, digest",
    "proposals": "project, guideline_version, digest",
    "superseded": "project, guideline_version",
    "flags": "project, guideline_version, section, kind, flagged_by, note",
    "responsibilities": "project, decision_kind, person, role",
    "standards": "project, standard, made_at, decision_id",
    "agreements": "project, scope, scope_value, measured_at, digest",
    "reviews": "batch_id, item_id, kind, annotator",
    "adjudications": "batch_id, item_id, annotator",
    "pools": "project, vendor, pool, revision",
    "capacity_requests": "request_id",
    "demands": "remediation_id",
    "costs": "statement_id",
    "golden_scores": "label_id",
    "qualifications": "project, vendor, annotator, guideline_version, domain",
}
ACCOUNT = {
    "published_revision",
    "published_digest",
    "stale_under",
    "told_revision",
    "told",
    "given_out",
}
"""Columns that keep what was published, or given out: that depends on the order of arrival."""


def instant(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class Intake:
    """The service and a way to say when something happened."""

    def __init__(self, harness: ServiceHarness) -> None:
        self.harness = harness

    def at(self, minutes: float, payload: Payload, event_id: str | None = None) -> Any:
        """The payload as an event of that minute; the same arguments are the same event."""
        outgoing = encode(
            payload,
            event_id=event_id or f"{minutes}/{payload.model_dump_json()}"[:1000],
            source="/tests",
            time=instant(minutes),
        )
        return self.harness.raw(outgoing.topic, outgoing.key, outgoing.value, outgoing.headers)

    async def deliver(self, *records: Any) -> list[Payload]:
        return await self.harness.deliver_records(*records)

    async def send(self, *labels: LabelSubmitted) -> list[Payload]:
        """Labels, each as an event of its own time."""
        records = []
        for label in labels:
            minutes = (label.submitted_at - START).total_seconds() / 60
            records.append(self.at(minutes, label))
        return await self.deliver(*records)

    async def state(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table of the service, without the account of what was published."""
        return {
            table: [
                {name: value for name, value in row.items() if name not in ACCOUNT}
                for row in await self.harness.fetch(f"SELECT * FROM {table} ORDER BY {order}")
            ]
            for table, order in TABLES.items()
        }

    async def statuses(self) -> dict[str, str]:
        """Annotation id → status of its label."""
        rows = await self.harness.fetch(
            "SELECT DISTINCT annotation_id, status FROM labels JOIN submissions USING (label_id)"
        )
        return {row["annotation_id"]: row["status"] for row in rows}


@pytest.fixture(scope="session")
def database(postgres: EmbeddedPostgres, background_loop: BackgroundLoop) -> str:
    """One database for all tests: `fresh` empties it, which takes a tenth of making a new one."""
    background_loop.run(_create_database(postgres))
    return postgres.url(SCHEMA)


async def _create_database(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.admin_url)
    await connection.execute(f"CREATE DATABASE {SCHEMA}")
    # Nothing here outlives a crash, so that no commit need wait for the disk.
    await connection.execute(f"ALTER DATABASE {SCHEMA} SET synchronous_commit = off")
    await connection.close()


@asynccontextmanager
async def fresh(database: str) -> AsyncIterator[Intake]:
    """The service with empty tables."""
    async with ServiceHarness.start(create_app(), database) as harness:
        await _empty(database)
        yield Intake(harness)


async def _empty(database: str) -> None:
    owner = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    tables = await owner.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1"
        " AND tablename <> 'schema_migrations'",
        SCHEMA,
    )
    await owner.execute(
        "SET session_replication_role = replica;"  # in any order: no foreign keys are checked
        + "".join(f"DELETE FROM {table['tablename']};" for table in tables)
    )
    await owner.close()


@pytest.fixture
async def intake(database: str) -> AsyncIterator[Intake]:
    async with fresh(database) as service:
        yield service


@pytest.fixture
async def working(intake: Intake) -> Intake:
    """The service with a batch of items ``a`` and ``b``, three labels each, no golden items."""
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(
        intake.at(3, item("a")), intake.at(3, item("b")), intake.at(4, brief("a", "b"))
    )
    return intake


def project(**more: Any) -> list[tuple[float, Payload]]:
    """A project whose guideline is signed off."""
    return [(0, definition(**more)), (1, guideline())]


def definition(**more: Any) -> ProjectDefined:
    facts: dict[str, Any] = {
        "project": "support",
        "name": "Support answers",
        "dataset": "support",
        "label_schema": LabelSchema(categories=CATEGORIES),
        "guideline_version": "1.0.0",
        "accountable": "lead",
    }
    return ProjectDefined(**facts | more)


def guideline(version: str = "1.0.0", **more: Any) -> GuidelinePublished:
    return GuidelinePublished(
        project="support", guideline_version=version, **{"signed_off_by": "expert"} | more
    )


def signed(version: str, **more: Any) -> GuidelinePublished:
    """A version with all that a major one needs."""
    facts = {"signed_off_as": "consulted", "calibration_alpha": 0.8}
    return guideline(version, **facts | more)


def measured(lower: float | None, scope: str = "batch", value: str = "calibration") -> Any:
    """What QA says of the agreement within a scope."""
    return AgreementMeasured(
        project="support",
        scope=scope,  # type: ignore[arg-type]
        scope_value=value,
        agreement=Agreement(value=lower, lower=lower, units=20, labels=60, annotators=3),
        floor=0.667,
        verdict="passed",
    )


def review(item_id: str, *excluded: str, reason: str = "tie", batch: str = BATCH) -> Any:
    return ReviewRequested(
        project="support",
        batch_id=batch,
        item_id=item_id,
        reason=reason,
        excluded_annotators=excluded,
    )


def golden(*names: str) -> GoldenItemsDefined:
    return GoldenItemsDefined(
        project="support",
        items=tuple(
            GoldenItem(item_id=name, text=f"golden {name}", value="correct") for name in names
        ),
    )


def item(item_id: str, **more: Any) -> ItemAccepted:
    facts: dict[str, Any] = {
        "project": "support",
        "source_id": "docs",
        "content_hash": "00" * 32,
        "text": f"question {item_id}",
        "slices": SLICES,
        "licence": "CC-BY-4.0",
    }
    return ItemAccepted(item_id=item_id, **facts | more)


def brief(*items: str, brief_id: str = "b1") -> BriefFulfilled:
    return BriefFulfilled(
        brief_id=brief_id,
        project="support",
        remediation_id="r1",
        slices=SLICES,
        item_ids=items,
    )


def approved(*items: str, **more: Any) -> RemediationApproved:
    facts: dict[str, Any] = {"kind": "reannotate_cohort", "remediation_id": "r2"}
    return RemediationApproved(
        project="support", slices=SLICES, item_ids=items, approved_by="lead", **facts | more
    )


def label(annotator: str, item_id: str = "a", minutes: float = 10, **more: Any) -> LabelSubmitted:
    """By default annotation ``annotator/item`` in the batch of ``working``."""
    facts: dict[str, Any] = {
        "vendor": "acme-labels",
        "annotation_id": f"{annotator}/{item_id}",
        "task_id": task_of(BATCH, item_id),
        "annotator": annotator,
        "value": "correct",
        "guideline_version": "1.0.0",
        "submitted_at": instant(minutes),
    }
    return LabelSubmitted(**facts | more)


def suspended(annotator: str, vendor: str = "acme-labels") -> AnnotatorSuspended:
    return AnnotatorSuspended(
        project="support",
        annotator=annotator,
        vendor=vendor,
        golden_correct=0,
        golden_total=3,
        log_likelihood_ratio=3.3,
        wilson_lower=0,
        wilson_upper=0.5,
        reason="three golden items missed",
    )


def tasks_of(emitted: Sequence[Payload]) -> list[TaskCreated]:
    return [one for one in emitted if isinstance(one, TaskCreated)]


def accepted_of(emitted: Sequence[Payload]) -> list[LabelAccepted]:
    return [one for one in emitted if isinstance(one, LabelAccepted)]


def rejected_of(emitted: Sequence[Payload]) -> list[LabelRejected]:
    return [one for one in emitted if isinstance(one, LabelRejected)]
