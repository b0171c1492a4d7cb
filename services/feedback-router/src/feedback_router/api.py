"""Reading regressions and remediations over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from aidataops.events.base import Slices
from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import AcceptanceCriterion, Attribution, Effect, RemediationKind
from feedback_router.domain.lifecycle import State
from feedback_router.store.listing import list_regressions, list_remediations

router = APIRouter(tags=["feedback"])

Limit = Annotated[int, Query(ge=1, le=1000)]
Project = Annotated[str | None, Query(min_length=1, max_length=200)]


class RegressionView(BaseModel):
    """A slice that got worse, and what that is associated with."""

    regression_id: str
    project: str
    run_id: str
    baseline_run_id: str
    model: str
    metric: str
    slices: Slices
    pairs: int
    passed_before: int
    passed_after: int
    lost: int
    gained: int
    p_value: float
    q_value: float
    attribution: Attribution
    detected_at: datetime


class RemediationView(BaseModel):
    """Data work, why it is asked for and how far it has come."""

    remediation_id: str
    project: str
    kind: RemediationKind
    state: State
    slices: Slices
    category: FailureCategory | None
    regression_ids: list[str]
    model: str | None
    priority: float
    quota: int
    item_ids: list[str]
    cohort: str | None
    budget: float
    due_at: datetime | None
    acceptance: AcceptanceCriterion | None
    reason: str
    policy_version: str
    decided_by: str | None
    completed_in: str | None
    trial_run_id: str | None
    effect: Effect | None
    requested_at: datetime
    owner: str | None
    guideline_reference: str | None
    blocked: str | None


@router.get("/regressions", response_model=list[RegressionView])
async def get_regressions(
    request: Request, project: Project = None, limit: Limit = 100
) -> list[dict[str, Any]]:
    """Regressions, newest first."""
    pool = request.app.state.application.pool
    return await list_regressions(pool, project=project, limit=limit)


@router.get("/remediations", response_model=list[RemediationView])
async def get_remediations(
    request: Request, project: Project = None, state: State | None = None, limit: Limit = 100
) -> list[dict[str, Any]]:
    """Remediations, newest first; of one moment, the most urgent first."""
    pool = request.app.state.application.pool
    return await list_remediations(pool, project=project, state=state, limit=limit)
