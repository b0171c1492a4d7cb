"""What a policy would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from aidataops.events import Payload
from feedback_router.domain.budget import Approval, approve
from feedback_router.domain.policy import Policy
from feedback_router.domain.remediation import Remediation
from feedback_router.domain.routing import answer_regressions
from feedback_router.domain.trial import (
    VERDICTS,
    Trial,
    judge,
    open_under,
    rules_on_cohorts,
    told_runs,
)
from feedback_router.evidence import Evidence
from feedback_router.store import BudgetStore, FindingStore


async def would_open(
    pool: asyncpg.Pool, policy: Policy, project: str, run_id: str, now: datetime
) -> list[dict[str, Any]] | None:
    """The remediations that a policy opens for the regressions found in a run, most urgent first.

    ``None`` where the project has no such run. Which slices regressed is taken as it was found; how
    it is attributed, routed, sized, ranked and paid for is the policy's.
    """
    budget = policy.project_budget
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        findings = FindingStore(connection, project)
        models = await findings.models([run_id])
        if not models:
            return None
        regressions = await Evidence(findings, policy).regressions(models)
        since = now - timedelta(days=budget.days if budget else 0)
        spent, overlap = await BudgetStore(connection, project).spent(since)
    answers = answer_regressions([one for one in regressions if one.run_id == run_id], policy)
    approvals = approve(answers, spent, overlap, policy)
    return [
        _shown(wanted, approvals[wanted.remediation_id])
        for wanted in sorted(answers, key=lambda one: -one.priority)
    ]


def try_files(
    policy: Policy, events: Iterable[Payload], baseline: Iterable[Payload], overlap: int
) -> dict[str, Any]:
    """What a policy would open for the runs of some files, for each verdict that may be found."""
    known = told_runs(baseline)
    trials = [judge(run, known, policy) for run in told_runs(events).values()]
    return {
        "policy": policy.version,
        "runs": [_judged(trial) for trial in trials],
        "opened": [
            {"verdict": verdict, **_shown(one.remediation, one.approval)}
            for verdict in VERDICTS
            for one in open_under(verdict, trials, policy, overlap)
        ],
        "not_tried": rules_on_cohorts(policy),
    }


def _judged(trial: Trial) -> dict[str, Any]:
    return {
        "run_id": trial.run.run_id,
        "model": trial.run.model,
        "task": trial.run.task,
        "standing": trial.standing,
        "said": trial.said,
        "regressions": [
            {
                "metric": one.metric,
                "slices": dict(one.slices),
                "q_value": one.compared.q_value,
                "discovered": one.compared.discovered,
                "sentence": one.attribution.sentence,
            }
            for one in trial.regressions
        ],
    }


def _shown(wanted: Remediation, approval: Approval) -> dict[str, Any]:
    return {
        "kind": wanted.kind,
        "rule": wanted.rule,
        "slices": dict(wanted.slices),
        "cohort": wanted.cohort,
        "priority": wanted.priority,
        "quota": wanted.quota,
        "items": len(wanted.item_ids),
        "budget": wanted.budget,
        "approval": "policy" if approval.granted else "accountable",
        "approval_reason": approval.reason,
        "due_at": wanted.due_at,
        "owner": wanted.owner,
        "guideline_reference": wanted.guideline_reference,
        "acceptance": wanted.acceptance,
        "reason": wanted.reason,
    }
