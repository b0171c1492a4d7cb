"""Reading regressions and remediations over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from aidataops.errors import ConfigurationError
from aidataops.events.base import Slices
from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import AcceptanceCriterion, Attribution, Effect, RemediationKind
from aidataops.events.governance import Role
from feedback_router.domain.lifecycle import State
from feedback_router.dry_run import would_open
from feedback_router.policy_file import parse_policy
from feedback_router.store.listing import (
    list_regressions,
    list_remediations,
    measure_effectiveness,
    show_remediation,
)

router = APIRouter(tags=["feedback"])

Limit = Annotated[int, Query(ge=1, le=1000)]
Project = Annotated[str | None, Query(min_length=1, max_length=200)]
RequiredName = Annotated[str, Query(min_length=1, max_length=200)]
MOST_POLICY_BYTES = 200_000


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
    scheduled_for: datetime | None


class DecisionView(BaseModel):
    """A yes or no, countable or not."""

    decision_id: str
    approved: bool
    reason: str
    made_by: str
    role: Role
    made_at: datetime


class ConsultationView(BaseModel):
    """What somebody Consulted has said."""

    answered_by: str
    answered_at: datetime
    supports: bool
    statement: str


class TrialView(BaseModel):
    """A later run that tried the fix."""

    run_id: str
    completed_at: datetime
    passed: bool
    effect: Effect


class RemediationHistory(RemediationView):
    """A remediation with everything that has been said and tried."""

    decisions: list[DecisionView]
    consultations: list[ConsultationView]
    trials: list[TrialView]


class EffectivenessView(BaseModel):
    """What one kind of fix has achieved for one failure category, by each one's last trial."""

    kind: RemediationKind
    category: FailureCategory | None
    remediations: int
    tried: int
    verified: int
    reopened: int
    mean_difference: float | None
    median_days: float | None


class OpenedView(BaseModel):
    """A remediation that a policy would open; ``approval`` is of policy or accountable."""

    kind: RemediationKind
    rule: str
    slices: Slices
    cohort: str | None
    priority: float
    quota: int
    items: int
    budget: float
    approval: str
    approval_reason: str
    due_at: datetime | None
    owner: str | None
    guideline_reference: str | None
    acceptance: AcceptanceCriterion | None
    reason: str


@router.get("/remediations/{remediation_id}", response_model=RemediationHistory)
async def get_remediation(request: Request, remediation_id: str) -> dict[str, Any]:
    """One remediation with its history; 404 when there is none of this id."""
    found = await show_remediation(request.app.state.application.pool, remediation_id)
    if found is None:
        raise HTTPException(404, f"There is no remediation {remediation_id!r}.")
    return found


@router.get("/effectiveness", response_model=list[EffectivenessView])
async def get_effectiveness(request: Request, project: Project = None) -> list[dict[str, Any]]:
    """What each kind of fix has achieved per failure category."""
    return await measure_effectiveness(request.app.state.application.pool, project=project)


@router.post("/policy/trial", response_model=list[OpenedView])
async def try_policy(request: Request, project: RequiredName, run: RequiredName) -> list[Any]:
    """What a policy (its YAML is the body) would open for a run's regressions; changes nothing.

    404 where the project has no such run.
    """
    body = await request.body()
    if len(body) > MOST_POLICY_BYTES:
        raise HTTPException(413, f"A policy has at most {MOST_POLICY_BYTES} bytes.")
    try:
        policy = parse_policy(body.decode(), "the policy")
    except (ConfigurationError, UnicodeDecodeError) as error:
        raise HTTPException(422, str(error)) from error
    application = request.app.state.application
    opened = await would_open(application.pool, policy, project, run, application.clock.now())
    if opened is None:
        raise HTTPException(404, f"The project {project!r} has no run {run!r}.")
    return opened


@router.get("/regressions", response_model=list[RegressionView])
async def get_regressions(
    request: Request, project: Project = None, limit: Limit = 100
) -> list[dict[str, Any]]:
    """Regressions, newest first."""
    pool = request.app.state.application.pool
    return await list_regressions(pool, project=project, limit=limit)


@router.get("/remediations", response_model=list[RemediationView])
async def get_remediations(
    request: Request,
    project: Project = None,
    state: State | None = None,
    limit: Limit = 100,
    *,
    overdue: bool = False,
) -> list[dict[str, Any]]:
    """Remediations, newest first; of one moment, the most urgent first."""
    application = request.app.state.application
    return await list_remediations(
        application.pool,
        project=project,
        state=state,
        late_at=application.clock.now() if overdue else None,
        limit=limit,
    )
