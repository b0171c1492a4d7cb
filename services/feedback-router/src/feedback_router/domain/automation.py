"""Who labels a slice: a decision that runs out, and that drift takes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feedback_router.domain.outcomes import SliceKey, name_of
from feedback_router.domain.responsibility import Responsibilities

Level = Literal["human", "assisted", "automatic"]


@dataclass(frozen=True, slots=True)
class AutomationDecision:
    """Who labels a slice until a time; ``agreement_lower`` is what the decision stands on."""

    decision_id: str
    slices: SliceKey
    level: Level
    made_by: str
    made_at: datetime
    expires_at: datetime
    agreement_lower: float
    labels: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A chart of labels left its limits, within some slices (none named: in all of the project)."""

    slices: SliceKey
    chart: str
    statistic: float
    bound: float
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision that counts, and why it holds no more (``None``: it does)."""

    decision: AutomationDecision
    ended: Literal["expired", "drift"] | None
    evidence: str


def standings(
    decisions: Iterable[AutomationDecision], drifts: Sequence[Drift], now: datetime
) -> list[Standing]:
    """The last decision on each slice, and whether it holds now.

    Drift counts when it was seen after the decision was made and touches the slice: the one's
    values include the other's. Drift is told before expiry, for it says more.
    """
    latest: dict[SliceKey, AutomationDecision] = {}
    for decision in sorted(decisions, key=lambda one: (one.made_at, one.decision_id)):
        latest[decision.slices] = decision
    return [_standing(latest[slices], drifts, now) for slices in sorted(latest)]


def countable(
    decisions: Iterable[tuple[AutomationDecision, str]], responsibilities: Responsibilities
) -> list[AutomationDecision]:
    """The decisions, given with the role they were made in, of the one Accountable."""
    moments = sorted(one.assigned_at for one in responsibilities.assignments)
    return [
        decision
        for decision, role in decisions
        if role == "accountable"
        and any(
            responsibilities.decides(decision.made_by, when)
            for when in (decision.made_at, *moments)
            if when >= decision.made_at
        )
    ]


def superseded(decisions: Iterable[AutomationDecision]) -> list[str]:
    """Ids of the decisions in whose place a later one on the same slice has come."""
    latest: dict[SliceKey, str] = {}
    past: list[str] = []
    for decision in sorted(decisions, key=lambda one: (one.made_at, one.decision_id)):
        if decision.slices in latest:
            past.append(latest[decision.slices])
        latest[decision.slices] = decision.decision_id
    return past


def _standing(decision: AutomationDecision, drifts: Sequence[Drift], now: datetime) -> Standing:
    where = name_of(decision.slices)
    if decision.level == "human":
        return Standing(decision, None, f"{decision.made_by} decided that people label {where}.")
    told = [
        drift
        for drift in sorted(drifts, key=lambda one: (one.detected_at, one.chart, one.statistic))
        if decision.made_at < drift.detected_at <= decision.expires_at
        and _touch(drift.slices, decision.slices)
    ]
    if told:
        first = told[0]
        return Standing(
            decision,
            "drift",
            f"The {first.chart} chart of {where} left its limits ({first.statistic:.3g} against "
            f"{first.bound:.3g}) after {decision.level} labelling was decided: people label again.",
        )
    if decision.expires_at <= now:
        return Standing(
            decision,
            "expired",
            f"The decision of {decision.made_by} for {decision.level} labelling of {where} held "
            f"until {decision.expires_at:%Y-%m-%d %H:%M} UTC: people label again.",
        )
    return Standing(
        decision,
        None,
        f"{decision.made_by} decided on {decision.level} labelling of {where}: model and people "
        f"agree at least by {decision.agreement_lower:.2f} over {decision.labels} labels.",
    )


def _touch(one: SliceKey, other: SliceKey) -> bool:
    return set(one) <= set(other) or set(other) <= set(one)
