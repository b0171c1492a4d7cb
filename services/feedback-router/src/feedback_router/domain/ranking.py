"""How much of a kind of work is wanted, and how urgently."""

from __future__ import annotations

from math import ceil

from aidataops.events.feedback import RemediationKind
from feedback_router.domain.outcomes import PairedCounts
from feedback_router.domain.policy import Order, Policy


def lift(counts: PairedCounts) -> float:
    """How many times likelier failure has become; half a failure is added to either side."""
    failed_before = counts.pairs - counts.passed_before
    failed_after = counts.pairs - counts.passed_after
    return (failed_after + 0.5) / (failed_before + 0.5)


def wsjf(severity: float, reach: int, log_lift: float, effort: float) -> float:
    """Weighted shortest job first: severity x reach (samples) x log lift over person-days."""
    return round(severity * reach * log_lift / effort, 6)


def effort(policy: Policy, kind: RemediationKind, items: int) -> float:
    """Person-days of so many items of one kind of work; a day where the policy does not say."""
    work = policy.work.get(kind)
    return 1.0 if work is None else work.days + work.days_per_item * items


def quota_for(failures: int, policy: Policy, rule: Order) -> int:
    """Items wanted for so many failures, and no more than the rule's budget pays for."""
    quota, price = rule.quota or policy.quota, policy.work["source_items"].cost_per_item
    wanted = min(max(ceil(failures * quota.per_failure), quota.minimum), quota.maximum)
    return wanted if rule.budget is None or price == 0 else min(wanted, int(rule.budget // price))
