"""What a policy would do, without doing it."""

from __future__ import annotations

from typing import Any

import asyncpg

from feedback_router.domain.policy import Policy
from feedback_router.domain.routing import answer_regressions
from feedback_router.evidence import Evidence
from feedback_router.store import FindingStore


async def would_open(
    pool: asyncpg.Pool, policy: Policy, project: str, run_id: str
) -> list[dict[str, Any]]:
    """The remediations that a policy opens for the regressions found in a run, most urgent first.

    Which slices regressed is taken as it was found; how it is attributed, routed, sized and ranked
    is the policy's.
    """
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        findings = FindingStore(connection, project)
        models = await findings.models([run_id])
        regressions = await Evidence(findings, policy).regressions(models)
    answers = answer_regressions([one for one in regressions if one.run_id == run_id], policy)
    return [
        {
            "kind": wanted.kind,
            "slices": dict(wanted.slices),
            "cohort": wanted.cohort,
            "priority": wanted.priority,
            "quota": wanted.quota,
            "items": len(wanted.item_ids),
            "budget": wanted.budget,
            "due_at": wanted.due_at,
            "owner": wanted.owner,
            "guideline_reference": wanted.guideline_reference,
            "acceptance": wanted.acceptance,
            "reason": wanted.reason,
        }
        for wanted in sorted(answers, key=lambda one: -one.priority)
    ]
