"""What the policy approves by itself, within the budget of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aidataops.messaging import UnitOfWork
from feedback_router.domain.budget import approve
from feedback_router.domain.lifecycle import Block, Known, live
from feedback_router.domain.policy import Policy
from feedback_router.domain.remediation import Remediation
from feedback_router.store import BudgetStore, RemediationStore


class Budgeting:
    """One project's budget; its lock is held, so that nothing is spent twice."""

    def __init__(self, work: UnitOfWork, policy: Policy, remediations: RemediationStore) -> None:
        self._now = work.now
        self._policy = policy
        self._remediations = remediations
        self._store = BudgetStore(work.connection, remediations.project)

    async def approve(
        self, remediations: Sequence[Remediation], known: Mapping[str, Known], *, may_grant: bool
    ) -> dict[str, Known]:
        """What is known of each remediation with what the policy says of it now.

        A yes that it said before is among what is known, and stays: work may have begun.
        """
        told = dict(known)
        if self._policy.automatic_approval_budget == 0 or not may_grant:
            return told
        lives = {name: live(one) for name, one in told.items()}
        undecided = [one for one in remediations if lives[one.remediation_id].decision is None]
        if not undecided:
            return told
        await self._remediations.put_lives(lives)  # what people said now is spent already
        budget = self._policy.project_budget
        days = timedelta(days=budget.days if budget else 0)
        spent, overlap = await self._store.spent(self._now - days)
        approvals = approve(undecided, spent, overlap, self._policy)
        granted = [name for name, one in approvals.items() if one.granted]
        yes = await self._store.approve(granted, self._policy.version, self._now)
        for name, one in approvals.items():
            if one.granted:
                said = (yes[name], *told[name].decisions)
                told[name] = replace(told[name], decisions=said, block=None)
            if one.is_held and told[name].block is None:
                told[name] = replace(told[name], block=Block("budget_spent", one.reason))
        return told
