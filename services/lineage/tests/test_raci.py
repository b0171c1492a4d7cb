"""One internal Accountable for every kind of decision, and what happens without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events import Payload
from aidataops.events.annotation import VendorScored
from aidataops.events.governance import (
    ConsultationAnswered,
    ResponsibilityAssigned,
    Role,
    StandardChanged,
    WaiverGranted,
)
from aidataops.events.lineage import CapabilityAssigned
from aidataops.events.quality import GoldenScored
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.domain.ledger import Entry
from lineage.domain.raci import Governance, governance, standing, violations
from lineage.domain.scorecards import wilson

TIME = datetime(2026, 5, 1, tzinfo=UTC)
KIND = "change_standard"


def assigned(person: str, role: Role = "accountable", **more: Any) -> ResponsibilityAssigned:
    content: dict[str, Any] = {
        "subject": "support", "decision_kind": KIND, "person": person, "role": role,
        "internal": True,
    }  # fmt: skip
    return ResponsibilityAssigned(**content | more)


def changed(made_by: str, role: Role = "accountable") -> StandardChanged:
    return StandardChanged(
        decision_id=f"by {made_by}", subject="support", made_by=made_by, role=role, made_at=TIME,
        standard="agreement_floor", value=0.8, business_target="fewer complaints",
    )  # fmt: skip


def answered(person: str, minutes: int) -> ConsultationAnswered:
    return ConsultationAnswered(
        subject="support", project="support", decision_kind=KIND, answered_by=person,
        answered_at=TIME + timedelta(minutes=minutes), supports=True, statement="fine",
    )  # fmt: skip


def held(*payloads: Payload, accountables: dict[str, str] | None = None) -> Governance:
    entries = [
        Entry(n, f"e-{n}", each.type, each.partition_key(), TIME, TIME, each.model_dump_json())
        for n, each in enumerate(payloads, 1)
    ]
    return governance(entries, {}, accountables or {})


def rules(*payloads: Payload, accountables: dict[str, str] | None = None) -> list[str]:
    return sorted(each.rule for each in violations(held(*payloads, accountables=accountables)))


@pytest.mark.parametrize(
    ("payloads", "expected"),
    [
        pytest.param([assigned("lead"), changed("lead")], [], id="as it should be"),
        pytest.param([changed("lead")], ["no_accountable"], id="nobody was assigned"),
        pytest.param([assigned("sme", "consulted")], ["no_accountable"], id="no Accountable"),
        pytest.param([assigned("a"), assigned("b")], ["several_accountables"], id="two"),
        pytest.param(
            [assigned("v", internal=False, organisation="acme")], ["external_accountable"],
            id="a vendor's",
        ),
        pytest.param(
            [assigned("a"), assigned("b"), assigned("b", revoked=True, revision=2)], [],
            id="the second one is revoked",
        ),
        pytest.param([assigned("lead"), changed("x")], ["not_accountable"], id="somebody else"),
        pytest.param(
            [assigned("lead"), changed("lead", "responsible")], ["not_accountable"],
            id="in another role",
        ),
        pytest.param(
            [assigned("lead"), assigned("sme", "consulted"), answered("sme", 1), changed("lead")],
            ["consulted_unheard"], id="the expert was heard too late",
        ),
        pytest.param(
            [assigned("lead"), assigned("sme", "consulted"), answered("sme", -1), changed("lead")],
            [], id="the expert was heard",
        ),
        pytest.param([assigned("lead", subject="*"), changed("lead")], [], id="for every project"),
    ],
)  # fmt: skip
def test_rules_that_are_not_kept_are_named(
    payloads: Sequence[Payload], expected: list[str]
) -> None:
    assert rules(*payloads) == expected


def test_accountable_of_the_definition_answers_for_what_nobody_was_assigned() -> None:
    assert rules(changed("lead"), accountables={"support": "lead"}) == []
    assert rules(changed("x"), accountables={"support": "lead"}) == ["not_accountable"]


@given(seed=st.integers())
def test_order_of_entries_does_not_change_what_is_held(seed: int) -> None:
    told = [
        assigned("a"), assigned("a", revoked=True, revision=2), assigned("b"), changed("b"),
        assigned("b", internal=False), answered("sme", -1), assigned("sme", "consulted"),
    ]  # fmt: skip
    shuffled = Random(seed).sample(told, len(told))
    assert violations(held(*shuffled)) == violations(held(*told))


def test_waiver_is_expired_from_its_time_on() -> None:
    waiver = WaiverGranted(
        decision_id="w", subject="b-1", made_by="lead", role="accountable", made_at=TIME,
        project="support", check="agreement", expires_at=TIME + timedelta(days=1),
    )  # fmt: skip
    acts = held(waiver).acts
    assert [each["expired"] for each in standing(acts, TIME)] == [False]
    assert [each["expired"] for each in standing(acts, TIME + timedelta(days=1))] == [True]


def test_wilson_interval_is_the_published_one() -> None:
    interval = wilson(45, 50)
    assert interval is not None
    assert [round(each, 3) for each in interval] == [0.786, 0.957]
    assert wilson(0, 0) is None


async def test_capability_shows_the_scorecard_of_its_vendor(
    database: str, story: dict[str, Payload]
) -> None:
    capability = CapabilityAssigned(
        project="support", capability="annotation", ownership="vendor", owner="lead",
        vendors=("acme-labels", "nobody"),
    )  # fmt: skip
    golden = GoldenScored(
        project="support", annotator="acme-1", vendor="acme-labels", label_id="l", item_id="g",
        correct=True, golden_correct=45, golden_total=50, log_likelihood_ratio=0.0,
        wilson_lower=0.786, wilson_upper=0.957,
    )  # fmt: skip
    scored = VendorScored(
        project="support", vendor="acme-labels", accepted=4, golden_correct=45, golden_total=50,
        golden_lower=0.786, golden_upper=0.957, lead_time_p95_hours=30.5,
        cost_per_accepted_label=0.12, currency="EUR",
    )  # fmt: skip
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*story.values(), capability, golden, scored)
        transport = httpx.ASGITransport(app=lineage.application.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://lineage") as http:
            raci = (await http.get("/raci")).json()
    (found,) = raci["capabilities"]
    card, empty = found["scorecards"]
    assert (card["labels"], card["annotators"], card["released"]) == (4, 2, 1)
    assert card["golden_accuracy"] == 0.9
    assert (card["lead_time_p95_hours"], card["cost_per_accepted_label"]) == (30.5, 0.12)
    assert (card["currency"], empty["currency"], empty["lead_time_p95_hours"]) == (
        "EUR",
        None,
        None,
    )
    assert (empty["labels"], empty["golden_interval"], empty["release_share"]) == (0, None, None)
    assert raci["violations"] == []
