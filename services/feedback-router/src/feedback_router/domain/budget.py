"""What the policy may approve by itself, and what is left for that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedback_router.domain.policy import Policy, ProjectBudget
from feedback_router.domain.remediation import Remediation


@dataclass(frozen=True, slots=True)
class Amount:
    """Money and labels."""

    cost: float = 0.0
    labels: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.cost + other.cost, self.labels + other.labels)

    def is_within(self, budget: ProjectBudget) -> bool:
        """Whether no limit of the budget is exceeded."""
        return (budget.cost is None or self.cost <= budget.cost) and (
            budget.labels is None or self.labels <= budget.labels
        )


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether the policy says yes by itself, and why; ``is_held``: it would, if more were left."""

    granted: bool
    is_held: bool
    reason: str


def approve(
    candidates: Iterable[Remediation], spent: Amount, overlap: int, policy: Policy
) -> dict[str, Approval]:
    """By remediation, the more urgent first: each that fits into what is left is granted.

    ``spent`` is what was approved within the budget's days, ``overlap`` the labels of an item.
    """
    found: dict[str, Approval] = {}
    for one in sorted(candidates, key=lambda one: (-one.priority, one.remediation_id)):
        asked = amount_of(one, overlap)
        found[one.remediation_id] = _approval(asked, spent, policy)
        if found[one.remediation_id].granted:
            spent += asked
    return found


def amount_of(wanted: Remediation, overlap: int) -> Amount:
    """What a remediation costs."""
    return Amount(wanted.budget, (wanted.quota or len(wanted.item_ids)) * overlap)


def _approval(asked: Amount, spent: Amount, policy: Policy) -> Approval:
    limit, budget = policy.automatic_approval_budget, policy.project_budget
    if not 0 < asked.cost <= limit:
        why = f"more than the {limit:g}" if asked.cost else "and work without a cost is none"
        return Approval(
            granted=False,
            is_held=False,
            reason=f"It costs {asked.cost:g}, {why} that is approved without asking.",
        )
    if budget is None or (spent + asked).is_within(budget):
        return Approval(
            granted=True,
            is_held=False,
            reason=f"It costs {asked.cost:g}, at most {limit:g}: the policy approves it.",
        )
    return Approval(
        granted=False,
        is_held=True,
        reason=(
            f"It takes more than is left of the {budget} that the project may spend in "
            f"{budget.days} days without asking. The Accountable decides."
        ),
    )
