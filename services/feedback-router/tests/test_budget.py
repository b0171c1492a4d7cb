"""What the policy may approve by itself: never more than the budget, and never twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aidataops.events import Payload
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationBlocked,
    RemediationRequested,
    RemediationUnblocked,
)
from feedback_router.domain.budget import Amount, approve
from feedback_router.domain.policy import Policy, ProjectBudget
from feedback_router.domain.remediation import Remediation
from feedback_router.policy_file import load_policy
from feedback_router.settings import DEFAULT_POLICY

from .conftest import decision, failure, finding, of, project

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LIMITED = (
    "automatic_approval_budget: 0",
    "automatic_approval_budget: 100\nproject_budget: {cost: 100, days: 30}",
)


def under(limit: float, **budget: Any) -> Policy:
    given = {"automatic_approval_budget": limit, "project_budget": budget or None}
    return Policy.model_validate(load_policy(DEFAULT_POLICY).model_dump() | given)


def wanted(name: str, cost: float, priority: float = 1.0, items: int = 1) -> Remediation:
    return Remediation(
        remediation_id=name, project="support", kind="annotate", slices=(), category=None,
        regression_ids=(), found_in=None, model=None, priority=priority, quota=items, item_ids=(),
        cohort=None, budget=cost, due_at=None, acceptance=None, reason="",
    )  # fmt: skip


def test_the_more_urgent_is_granted_and_the_rest_says_why_it_waits() -> None:
    asked = [wanted("a", 60, 1), wanted("b", 60, 2), wanted("c", 40, 0.5), wanted("d", 70, 9)]
    found = approve(asked, Amount(), 3, under(60, cost=100))
    assert {name for name, one in found.items() if one.granted} == {"b", "c"}
    assert {name for name, one in found.items() if one.is_held} == {"a"}
    assert "left of the 100 " in found["a"].reason
    assert "70, more than the 60" in found["d"].reason


def test_labels_are_a_limit_of_their_own() -> None:
    policy = under(60, labels=30)
    assert approve([wanted("a", 1, items=10)], Amount(), 3, policy)["a"].granted
    assert approve([wanted("a", 1, items=11)], Amount(), 3, policy)["a"].is_held
    assert approve([wanted("a", 1, items=10)], Amount(0, 1), 3, policy)["a"].is_held


def test_without_a_budget_the_limit_alone_decides() -> None:
    found = approve([wanted(str(n), 60) for n in range(99)], Amount(1e9, 10**9), 3, under(60))
    assert all(one.granted for one in found.values())
    assert not approve([wanted("free", 0)], Amount(), 3, under(60))["free"].granted


def test_a_budget_needs_a_limit() -> None:
    with pytest.raises(ValidationError, match="give cost, labels or both"):
        ProjectBudget()


@given(
    st.lists(st.tuples(st.floats(0.5, 60), st.integers(0, 20), st.floats(0, 9)), max_size=30),
    st.floats(0, 200),
    st.integers(0, 100),
)
def test_never_more_than_is_left_and_nothing_waits_that_fits(
    asked: list[tuple[float, int, float]], cost: float, labels: int
) -> None:
    remediations = {
        str(n): wanted(str(n), price, priority, items)
        for n, (price, items, priority) in enumerate(asked)
    }
    policy, spent = under(50, cost=cost, labels=labels), Amount(7.0, 3)
    found = approve(remediations.values(), spent, 1, policy)
    granted = [remediations[name] for name, one in found.items() if one.granted]
    total = spent + Amount(sum(one.budget for one in granted), sum(one.quota for one in granted))
    assert not granted or (total.cost <= cost + 1e-9 and total.labels <= labels)
    for name, one in found.items():
        asked_for = remediations[name]
        fits = total.cost + asked_for.budget <= cost and total.labels + asked_for.quota <= labels
        assert not (one.is_held and fits)


async def test_what_exceeds_the_budget_waits_for_the_accountable(router_under: Any) -> None:
    async with router_under(LIMITED) as router:
        emitted = await router.deliver(*finding())
        asked = {one.remediation_id: one.budget for one in of(RemediationRequested, emitted)}
        assert sum(asked.values()) > 100 > max(asked.values())
        (granted,) = of(RemediationApproved, emitted)
        assert granted.approved_by == "policy 1"
        (blocked,) = of(RemediationBlocked, emitted)
        assert {granted.remediation_id, blocked.remediation_id} == asked.keys()
        assert (blocked.reason, blocked.decision_id) == ("budget_spent", None)
        assert "left of the 100 that the project may spend in 30 days" in blocked.detail
        emitted = await router.deliver(decision(blocked.remediation_id))
        assert [one.approved_by for one in of(RemediationApproved, emitted)] == ["lead"]
        assert len(of(RemediationUnblocked, emitted)) == 1
        (row,) = await router.harness.fetch("SELECT remediation_id FROM commitments")
        assert row["remediation_id"] == granted.remediation_id


def cause(number: int, items: int = 10) -> EvaluationFailure:
    """A failure of a cause of its own that costs 1.5 an item: 15."""
    return failure(
        f"f{number}",
        run_id=f"chat{number}",
        slices={"domain": f"d{number}", "language": "es"},
        suspect_items=tuple(f"i{n}" for n in range(items)),
    )


async def test_members_of_the_group_do_not_spend_the_last_of_it_twice(router_under: Any) -> None:
    async with router_under(LIMITED) as router:
        await router.deliver(project())
        told = await asyncio.gather(*(router.deliver(cause(n)) for n in range(10)))
        rows = await router.harness.fetch(
            "SELECT budget, state, blocked FROM remediations ORDER BY state"
        )
        assert [row["state"] for row in rows] == ["approved"] * 6 + ["requested"] * 4
        assert sum(row["budget"] for row in rows if row["state"] == "approved") <= 100
        assert all(row["blocked"] for row in rows if row["state"] == "requested")
        last: list[Payload] = [one for each in told for one in each]
        assert len({one.remediation_id for one in of(RemediationApproved, last)}) == 6


async def test_the_budget_comes_back_with_time_and_with_what_is_declined(
    router_under: Any,
) -> None:
    async with router_under(LIMITED) as router:
        await router.deliver(project())
        for n in range(7):
            emitted = await router.deliver(cause(n))
        assert of(RemediationApproved, emitted) == []
        granted = await router.harness.fetch("SELECT remediation_id FROM commitments")
        names = [row["remediation_id"] for row in granted]
        await router.deliver(decision(names[0], False))
        rows = await router.harness.fetch(
            "SELECT state, count(*) AS n FROM remediations GROUP BY state"
        )
        assert {row["state"]: row["n"] for row in rows} == {"approved": 6, "declined": 1}
        router.wait(timedelta(days=31))
        emitted = await router.deliver(*(cause(10 + n) for n in range(9)))
        assert len(of(RemediationApproved, emitted)) == 6


async def test_a_yes_of_the_policy_stays_when_the_work_grows_or_the_policy_changes(
    router_under: Any,
) -> None:
    async with router_under(LIMITED) as router:
        await router.deliver(project(), cause(1))
        more = cause(1, items=200).model_copy(update={"failure_id": "f2"})
        emitted = await router.deliver(more)
        assert await router.states() == {"annotate": "approved"}
        assert of(RemediationBlocked, emitted) == []
    async with router_under() as router:
        await router.deliver(project())
        await router.deliver(decision("nobody"), cause(1))
        assert await router.states() == {"annotate": "approved"}
