"""Pools, the scale gate, scorecards and qualifications through the running service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import (
    AnnotatorQualificationExpired,
    AnnotatorQualified,
    CapacityChanged,
    CapacityForecast,
    CapacityGranted,
    CapacityRefused,
    CapacityRequested,
    CostReported,
    PoolDefined,
    PoolMember,
    VendorScored,
)
from aidataops.events.feedback import RemediationDeclined, RemediationRequested
from aidataops.events.governance import StandardChanged
from aidataops.events.quality import GoldenScored
from aidataops.messaging import Origin
from annotation_intake.domain.identity import label_of, task_of
from annotation_intake.domain.scorecard import VALIDITY
from annotation_intake.reporting import report

from .conftest import (
    BATCH,
    SLICES,
    Intake,
    accepted_of,
    brief,
    instant,
    item,
    label,
    measured,
    project,
)

LATE = 380_000
"""Minutes after the start of the story: what is earned then has not expired yet."""


def wanted(request_id: str = "more") -> CapacityRequested:
    return CapacityRequested(
        request_id=request_id,
        project="support",
        pool="night",
        vendor="acme-labels",
        annotators=5,
        requested_by="lead",
    )


def pool(members: int = 2, **more: Any) -> PoolDefined:
    facts: dict[str, Any] = {"project": "support", "pool": "night", "vendor": "acme-labels"}
    people = tuple(PoolMember(annotator=f"p{number}") for number in range(members))
    return PoolDefined(members=people, **facts | more)


def scored(annotator: str, item_id: str, *, correct: bool = True) -> GoldenScored:
    return GoldenScored(
        project="support",
        annotator=annotator,
        vendor="acme-labels",
        label_id=label_of("acme-labels", f"{annotator}/{item_id}"),
        item_id=item_id,
        correct=correct,
        golden_correct=0,
        golden_total=1,
        log_likelihood_ratio=0,
        wilson_lower=0,
        wilson_upper=1,
    )


async def reports(intake: Intake) -> list[Payload]:
    """What the service says by itself."""
    application = intake.harness.application
    origin = Origin.of("report")
    async with application.unit_of_work(origin) as work:
        await report(work, origin)
        return list(work.payloads)


async def test_no_more_people_where_agreement_is_under_the_floor(intake: Intake) -> None:
    """Row 15."""
    await intake.deliver(*(intake.at(*told) for told in project()))
    (unmeasured,) = await intake.deliver(intake.at(10, wanted("early")))
    assert isinstance(unmeasured, CapacityRefused)
    assert unmeasured.agreement_lower is None
    await intake.deliver(intake.at(20, measured(0.6, "project", "support")))
    (refused,) = await intake.deliver(intake.at(30, wanted()))
    assert isinstance(refused, CapacityRefused)
    assert (refused.agreement_lower, refused.floor) == (0.6, 0.667)
    assert "under the floor" in refused.reason
    await intake.deliver(intake.at(40, measured(0.7, "project", "support")))
    (granted,) = await intake.deliver(intake.at(50, wanted("again")))
    assert isinstance(granted, CapacityGranted)


async def test_standard_raises_the_gate_from_when_it_was_decided(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project()))
    await intake.deliver(intake.at(20, measured(0.7, "project", "support")))
    await intake.deliver(intake.at(30, wanted("before")), intake.at(50, wanted("after")))
    standard = StandardChanged(
        decision_id="d1",
        subject="support",
        made_by="lead",
        role="accountable",
        made_at=instant(40),
        standard="agreement_floor",
        value=0.8,
        business_target="half the escalations",
    )
    (refused,) = await intake.deliver(intake.at(60, standard))
    assert isinstance(refused, CapacityRefused)
    assert (refused.request_id, refused.revision, refused.floor) == ("after", 2, 0.8)


async def test_late_measurement_changes_the_verdict(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project()))
    await intake.deliver(intake.at(30, wanted()))
    (granted,) = await intake.deliver(intake.at(20, measured(0.9)))
    assert isinstance(granted, CapacityGranted)
    assert granted.revision == 2
    assert await intake.deliver(intake.at(40, measured(0.1))) == []


async def test_pool_knows_its_backlog_its_staffing_and_its_date(working: Intake) -> None:
    await working.deliver(working.at(5, pool(handling_seconds=360.0)))
    await working.send(label("ann"), label("bob"))
    (capacity,) = [one for one in await reports(working) if isinstance(one, CapacityChanged)]
    assert (capacity.annotators, capacity.backlog) == (2, 4)
    assert capacity.lead_time_hours == pytest.approx(0.2)  # 4 labels at 2 × 10 an hour
    assert capacity.annotators_needed == 1
    assert capacity.promised_at is not None
    now = working.harness.application.clock.now()
    assert timedelta(hours=0.19) < capacity.promised_at - now < timedelta(hours=0.2)
    again = [one for one in await reports(working) if isinstance(one, CapacityChanged)]
    assert again == []


async def test_forecast_counts_open_remediations(working: Intake) -> None:
    remediation = RemediationRequested(
        remediation_id="r9",
        project="support",
        kind="source_items",
        slices=SLICES,
        priority=1,
        quota=1000,
        reason="regression",
        policy_version="1",
    )
    await working.deliver(working.at(5, remediation))
    (forecast,) = [one for one in await reports(working) if isinstance(one, CapacityForecast)]
    assert (forecast.remediations, forecast.labels) == (1, 3000)
    assert forecast.hours == 50
    assert forecast.annotators == 2
    declined = RemediationDeclined(
        remediation_id="r9", project="support", declined_by="lead", reason="dear"
    )
    await working.deliver(working.at(6, declined))
    assert not [one for one in await reports(working) if isinstance(one, CapacityForecast)]


async def test_vendors_have_scorecards(working: Intake) -> None:
    """Row 30: two vendors; what is not known is not made up."""
    await working.send(
        label("ann", minutes=64),
        label("ann", "b", minutes=124),
        label("bob", minutes=65, value="wrong word"),
        label("eve", minutes=70, vendor="brightlabel"),
    )
    statement = CostReported(
        statement_id="s1",
        project="support",
        vendor="acme-labels",
        amount=3.0,
        currency="EUR",
        period_from=instant(0),
        period_until=instant(1000),
    )
    cohort = f"acme-labels/default/1.0.0/{BATCH}"
    await working.deliver(
        working.at(200, statement),
        working.at(201, scored("ann", "a")),
        working.at(202, scored("ann", "b", correct=False)),
        working.at(203, measured(0.71, "cohort", cohort)),
    )
    cards = [one for one in await reports(working) if isinstance(one, VendorScored)]
    acme, bright = sorted(cards, key=lambda card: card.vendor)
    assert (acme.accepted, acme.golden_correct, acme.golden_total) == (2, 1, 2)
    assert acme.golden_lower == pytest.approx(0.0945, abs=1e-3)
    assert acme.alpha == pytest.approx(0.71)
    assert acme.rework == pytest.approx(1 / 3)
    assert acme.lead_time_p95_hours == pytest.approx(1.95)
    assert (acme.cost_per_accepted_label, acme.currency) == (1.5, "EUR")
    assert (bright.accepted, bright.golden_total, bright.golden_upper) == (1, 0, 1)
    assert (bright.alpha, bright.cost_per_accepted_label) == (None, None)


@pytest.fixture
async def examined(intake: Intake) -> Intake:
    """Twenty-one items that ann has labelled."""
    names = [f"i{number}" for number in range(21)]
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(*(intake.at(3, item(name)) for name in names))
    await intake.deliver(intake.at(4, brief(*names)))
    await intake.send(
        *(
            label("ann", name, LATE + place, task_id=task_of(BATCH, name))
            for place, name in enumerate(names)
        )
    )
    return intake


async def test_annotator_qualifies_in_a_domain_and_loses_it(examined: Intake) -> None:
    names = [f"i{number}" for number in range(21)]
    scores = [examined.at(50, scored("ann", name)) for name in names]
    assert await examined.deliver(*scores[:-1]) == []
    (qualified,) = await examined.deliver(scores[-1])
    assert isinstance(qualified, AnnotatorQualified)
    assert (qualified.domain, qualified.guideline_version) == ("returns", "1.0.0")
    assert qualified.expires_at == instant(LATE + 20) + VALIDITY
    wrong = [examined.at(60, scored("ann", name, correct=False)) for name in names[-3:]]
    (lost,) = await examined.deliver(*wrong)
    assert isinstance(lost, AnnotatorQualificationExpired)
    assert lost.reason == "failed"


async def test_golden_scores_before_their_labels_qualify_all_the_same(intake: Intake) -> None:
    names = [f"i{number}" for number in range(21)]
    await intake.deliver(*(intake.at(50, scored("ann", name)) for name in names))
    await intake.send(*(label("ann", name, LATE, task_id=task_of(BATCH, name)) for name in names))
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(*(intake.at(3, item(name)) for name in names))
    emitted = await intake.deliver(intake.at(4, brief(*names)))
    assert len(accepted_of(emitted)) == 21
    assert [one for one in emitted if isinstance(one, AnnotatorQualified)]


async def test_qualification_expires(examined: Intake) -> None:
    names = [f"i{number}" for number in range(21)]
    await examined.deliver(*(examined.at(50, scored("ann", name)) for name in names))
    owner = "UPDATE qualifications SET told = now() - interval '1 day'"
    async with examined.harness.application.pool.acquire() as connection:
        await connection.execute(owner)
    expired = [
        one for one in await reports(examined) if isinstance(one, AnnotatorQualificationExpired)
    ]
    assert [one.reason for one in expired] == ["expired"]


async def test_capacity_and_vendors_are_shown(working: Intake) -> None:
    await working.deliver(working.at(5, pool()), working.at(6, pool(3, revision=2)))
    await working.send(label("ann"))
    transport = httpx.ASGITransport(app=working.harness.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as web:
        capacity = (await web.get("/capacity", params={"project": "support"})).json()
        vendors = (await web.get("/vendors", params={"project": "support"})).json()
    assert capacity["stages"] == [{"project": "support", "tier": "tier1", "tasks": 2, "labels": 5}]
    assert [one["annotators"] for one in capacity["pools"]] == [3]
    assert [one["vendor"] for one in vendors] == ["acme-labels"]
