"""Reports are about what has changed; labels at rest cost nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityChanged,
    CapacityForecast,
    CostReported,
    PoolDefined,
    PoolMember,
    VendorScored,
)
from aidataops.events.feedback import RemediationDeclined, RemediationRequested
from aidataops.events.quality import GoldenScored
from aidataops.messaging import Origin
from annotation_intake.domain.identity import label_of
from annotation_intake.reporting import report

from .conftest import (
    BATCH,
    SCHEMA,
    SLICES,
    Intake,
    brief,
    definition,
    instant,
    item,
    label,
    measured,
)

EVERYTHING = {CapacityChanged, CapacityForecast, VendorScored}


def pool(*members: str, **more: Any) -> PoolDefined:
    facts: dict[str, Any] = {"project": "support", "pool": "night", "vendor": "acme-labels"}
    people = tuple(PoolMember(annotator=name) for name in members)
    return PoolDefined(members=people, **facts | more)


def remediation(quota: int = 10) -> RemediationRequested:
    return RemediationRequested(
        remediation_id=f"r{quota}",
        project="support",
        kind="source_items",
        slices=SLICES,
        priority=1,
        quota=quota,
        reason="regression",
        policy_version="1",
    )


def cost(amount: float) -> CostReported:
    return CostReported(
        statement_id="s1",
        project="support",
        vendor="acme-labels",
        amount=amount,
        currency="EUR",
        period_from=instant(0),
        period_until=instant(1000),
    )


def scored() -> GoldenScored:
    return GoldenScored(
        project="support",
        annotator="ann",
        vendor="acme-labels",
        label_id=label_of("acme-labels", "ann/a"),
        item_id="a",
        correct=True,
        golden_correct=1,
        golden_total=1,
        log_likelihood_ratio=0,
        wilson_lower=0,
        wilson_upper=1,
    )


async def said(intake: Intake) -> list[Payload]:
    async with intake.harness.application.unit_of_work(Origin.of("report")) as work:
        await report(work, Origin.of("report"))
        return work.payloads


@pytest.fixture
async def settled(working: Intake) -> Intake:
    """A project with a pool, a label and an open remediation, all of it reported."""
    await working.deliver(working.at(5, pool()), working.at(5, remediation()))
    await working.send(label("ann", minutes=60))
    assert {type(one) for one in await said(working)} == EVERYTHING
    assert await said(working) == []
    return working


@pytest.mark.parametrize(
    ("minutes", "event", "kinds"),
    [
        (70, label("bob", minutes=70), {CapacityChanged, VendorScored}),
        (70, label("ann", minutes=70, revision=2, withdrawn=True), {CapacityChanged, VendorScored}),
        (70, label("ann", minutes=70, revision=2, value="no category"), {VendorScored}),
        (70, brief("a", "b", "c"), set()),
        (3, item("c"), set()),
        (3, brief("a", "b"), {VendorScored}),
        (9, definition(revision=2, overlap=5), {CapacityForecast}),
        (70, pool("ann", revision=2), {CapacityChanged}),
        (70, remediation(20), {CapacityForecast}),
        (70, cost(3.0), {VendorScored}),
        (70, scored(), {VendorScored}),
        (
            70,
            measured(0.7, "cohort", f"acme-labels/default/1.0.0/{BATCH}"),
            {VendorScored},
        ),
    ],
    ids=lambda one: getattr(one, "type", ""),
)
async def test_what_reports_are_made_of_makes_one(
    settled: Intake, minutes: float, event: Payload, kinds: set[type[Payload]]
) -> None:
    await settled.deliver(settled.at(minutes, event))
    assert {type(one) for one in await said(settled)} == kinds
    assert await said(settled) == []


async def test_item_that_becomes_known_adds_to_the_backlog(settled: Intake) -> None:
    await settled.deliver(settled.at(70, brief("a", "b", "c")))
    await said(settled)
    await settled.deliver(settled.at(3, item("c")))
    assert {type(one) for one in await said(settled)} == {CapacityChanged}


async def test_declined_remediation_is_no_demand(settled: Intake) -> None:
    await settled.deliver(settled.at(70, remediation(20)))
    await said(settled)
    declined = RemediationDeclined(
        remediation_id="r20", project="support", declined_by="lead", reason="dear"
    )
    await settled.deliver(settled.at(71, declined))
    (forecast,) = await said(settled)
    assert isinstance(forecast, CapacityForecast)
    assert forecast.remediations == 1


async def test_labels_at_rest_are_not_read(settled: Intake, database: str) -> None:
    """Nobody can read them: a report that tried would wait."""
    owner = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE labels, submissions, tasks IN ACCESS EXCLUSIVE MODE")
            async with asyncio.timeout(5):
                assert await said(settled) == []
    finally:
        await owner.close()


async def test_report_is_about_projects_that_changed(settled: Intake) -> None:
    await settled.deliver(settled.at(70, pool(project="other")))
    reported = [one for one in await said(settled) if isinstance(one, CapacityChanged)]
    assert [one.project for one in reported] == ["other"]
