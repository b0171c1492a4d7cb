"""Exactly one internal Accountable, not the author, and the Consulted heard; in any order."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationBlocked,
    RemediationUnblocked,
)
from aidataops.events.governance import ConsultationAnswered
from feedback_router.domain.lifecycle import Decision
from feedback_router.domain.responsibility import (
    Assignment,
    Consultation,
    Responsibilities,
    in_order_once,
    settle,
)

from .conftest import START, Router, decision, of, roles

YES = Decision(True, "lead", START + timedelta(hours=3), "d1")
NO = Decision(False, "lead", START + timedelta(hours=4), "d2")


def assigned(person: str, role: Any, hour: int = 0, **more: Any) -> Assignment:
    given = {"internal": True, "revoked": False, "revision": 1} | more
    return Assignment(person, role, assigned_at=START + timedelta(hours=hour), **given)


LEAD = assigned("lead", "accountable")


def reason(*assignments: Assignment, author: str | None = None, heard: int | None = None) -> Any:
    consultations = [Consultation("expert", START + timedelta(hours=heard))] if heard else []
    decided, block = settle(
        [(YES, "accountable")], Responsibilities(assignments, "lead"), consultations, author
    )
    assert (block is None) == (decided == (YES,))
    return block.reason if block else None


def test_without_assignments_the_project_s_accountable_decides() -> None:
    assert reason() is None
    others = [(YES, "responsible"), (NO, "accountable")]
    assert settle(others, Responsibilities((), "lead"), [], None) == ((NO,), None)  # type: ignore[arg-type]
    assert settle(others, Responsibilities((), "else"), [], None) == ((), None)  # type: ignore[arg-type]
    assert settle(others, Responsibilities(), [], None) == ((), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("assignments", "blocked"),
    [
        ([LEAD], None),
        ([assigned("ann", "informed")], "no_accountable"),
        ([LEAD, assigned("lead", "accountable", revision=2, revoked=True)], "no_accountable"),
        ([LEAD, assigned("second", "accountable")], "several_accountable"),
        ([assigned("lead", "accountable", internal=False)], "external_accountable"),
        ([LEAD, assigned("expert", "consulted")], "consultation_open"),
    ],
)
def test_what_is_not_in_order_blocks(assignments: list[Assignment], blocked: str | None) -> None:
    assert reason(*assignments) == blocked
    once = in_order_once(Responsibilities(tuple(assignments)))
    assert once == (blocked in (None, "consultation_open"))


def test_the_author_does_not_approve_their_own() -> None:
    assert reason(LEAD, author="lead") == "approver_is_author"
    assert reason(LEAD, author="vendor") is None


@pytest.mark.parametrize("heard", [1, 9])
def test_the_consulted_may_answer_before_or_after(heard: int) -> None:
    assert reason(LEAD, assigned("expert", "consulted"), heard=heard) is None


def test_what_changes_later_takes_nothing_back_and_may_mend() -> None:
    gone = assigned("lead", "accountable", 9, revision=2, revoked=True)
    assert reason(LEAD, gone) is None
    late = assigned("lead", "accountable", 9)
    assert reason(assigned("ann", "informed"), late) is None


async def test_none_two_or_an_external_accountable_block_dispatch_until_mended(
    router: Router,
) -> None:
    asked = await router.requested()
    source = asked["source_items"]
    emitted = await router.deliver(
        roles("lead", "accountable"), roles("second", "accountable"), decision(source)
    )
    blocked = [one for one in of(RemediationBlocked, emitted) if one.remediation_id == source]
    assert blocked[-1].reason == "several_accountable"
    assert "lead, second" in blocked[-1].detail
    assert of(RemediationApproved, emitted) == []
    router.wait(timedelta(days=80))
    emitted = await router.deliver(roles("second", "accountable", revoked=True, revision=2))
    assert [one.remediation_id for one in of(RemediationApproved, emitted)] == [source]
    assert source in {one.remediation_id for one in of(RemediationUnblocked, emitted)}
    router.wait(timedelta(days=90))
    emitted = await router.deliver(roles("lead", "accountable", internal=False, revision=2))
    other = {one.remediation_id for one in of(RemediationBlocked, emitted)}
    assert other == {asked["reannotate_cohort"]}, "what is approved stays approved"


async def test_roles_of_all_projects_hold_where_a_project_has_none(router: Router) -> None:
    asked = await router.requested()
    emitted = await router.deliver(roles("boss", "accountable", subject="*"))
    assert of(RemediationBlocked, emitted) == []
    emitted = await router.deliver(decision(asked["source_items"], made_by="boss"))
    assert [one.approved_by for one in of(RemediationApproved, emitted)] == ["boss"]


async def test_any_order_of_roles_answers_and_decisions_ends_the_same(router: Router) -> None:
    asked = await router.requested()
    told: list[Payload] = [
        roles("lead", "accountable"),
        roles("second", "accountable"),
        roles("second", "accountable", revoked=True, revision=2),
        roles("expert", "consulted"),
        ConsultationAnswered(
            subject=asked["source_items"],
            project="support",
            decision_kind="approve_remediation",
            answered_by="expert",
            answered_at=datetime(2026, 3, 2, tzinfo=UTC),
            supports=True,
            statement="Yes, the returns are what customers ask about.",
        ),
        decision(asked["source_items"]),
        decision(asked["reannotate_cohort"]),
    ]
    Random(3).shuffle(told)
    for one in [*told, *told]:
        await router.deliver(one)
    assert await router.states() == {"source_items": "approved", "reannotate_cohort": "requested"}
    rows = await router.harness.fetch("SELECT kind, blocked FROM remediations")
    assert {row["kind"]: bool(row["blocked"]) for row in rows} == {
        "source_items": False,
        "reannotate_cohort": True,
    }
