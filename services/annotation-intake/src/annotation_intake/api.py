"""Reading labels, tasks and guidelines over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from aidataops.events.annotation import (
    CapacityChanged,
    CapacityForecast,
    LabelSchema,
    Tier,
    VendorScored,
)
from annotation_intake.reporting import Reporting
from annotation_intake.store import listing

router = APIRouter(tags=["annotation"])

Limit = Annotated[int, Query(ge=1, le=1000)]
Name = Annotated[str, Query(min_length=1, max_length=200)]
Optional = Annotated[str | None, Query(min_length=1, max_length=200)]


class RejectionView(BaseModel):
    """A submission that is not taken: the field, its value, and what would be valid."""

    vendor: str
    annotation_id: str
    revision: int
    task_id: str
    annotator: str
    project: str | None
    code: str
    field: str
    value: str
    valid: str
    reason: str
    submitted_at: datetime


class RevisionView(BaseModel):
    """One revision of an annotation; ``status`` is the annotation's, ``counts`` this revision's."""

    revision: int
    task_id: str
    value: str
    submitted_at: datetime
    withdrawn: bool
    status: str
    counts: bool
    code: str | None
    field: str | None
    valid: str | None
    reason: str | None


class TaskView(BaseModel):
    """A task that still wants labels; golden ones look like any other."""

    task_id: str
    project: str
    batch_id: str
    item_id: str
    tier: Tier
    guideline_version: str
    overlap: int
    excluded_annotators: list[str]
    label_schema: LabelSchema
    text: str | None
    uri: str | None


class WorkView(BaseModel):
    """The answer to a request for work: the tasks, and why there are not more of them."""

    project: str
    annotator: str
    pool: str | None
    expires_at: datetime | None
    reason: str
    tasks: list[TaskView]


class AssignmentView(BaseModel):
    """A task that somebody has until a time and has not labelled yet."""

    task_id: str
    vendor: str
    annotator: str
    request_id: str
    expires_at: datetime


class GuidelineView(BaseModel):
    """A publication of a guideline version; without a refusal it is in force."""

    guideline_version: str
    signed_off_by: str
    signed_off_as: str | None
    calibration_alpha: float | None
    calibration_batch_id: str | None
    published_at: datetime
    refusal_field: str | None
    refusal_reason: str | None
    superseded_by: str | None


class ConfusionView(BaseModel):
    """How many pairs of labels of one item have these two values."""

    values: list[str]
    pairs: int


class FlaggedSectionView(BaseModel):
    """A section that people flagged, beside what annotators confuse there."""

    guideline_version: str
    section: str
    gaps: int
    ambiguities: int
    people: int
    notes: list[str]
    confusions: list[ConfusionView]


@router.get("/labels/rejected", response_model=list[RejectionView])
async def get_rejections(
    request: Request, vendor: Optional = None, project: Optional = None, limit: Limit = 100
) -> list[dict[str, Any]]:
    """What was not taken and why, newest first."""
    pool = request.app.state.application.pool
    return await listing.list_rejections(pool, vendor=vendor, project=project, limit=limit)


@router.get("/labels/{vendor}/{annotation_id:path}", response_model=list[RevisionView])
async def get_annotation(request: Request, vendor: str, annotation_id: str) -> list[dict[str, Any]]:
    """Every revision of a vendor's annotation, and where it stands."""
    pool = request.app.state.application.pool
    found = await listing.list_revisions(pool, vendor, annotation_id)
    if not found:
        raise HTTPException(404, f"{vendor} has submitted no annotation {annotation_id!r}")
    return found


@router.get("/tasks", response_model=list[TaskView])
async def get_tasks(
    request: Request, project: Name, tier: Tier | None = None, after: str = "", limit: Limit = 100
) -> list[dict[str, Any]]:
    """Tasks that still want labels, in the order of their ids; go on ``after`` the last one."""
    pool = request.app.state.application.pool
    return await listing.list_open_tasks(pool, project, tier=tier, after=after, limit=limit)


@router.get("/work/{vendor}/{request_id:path}", response_model=WorkView)
async def get_work(request: Request, vendor: str, request_id: str) -> dict[str, Any]:
    """What a request for work was answered with."""
    pool = request.app.state.application.pool
    answer = await listing.get_answer(pool, vendor, request_id)
    if answer is None:
        raise HTTPException(404, f"{vendor}'s request {request_id!r} has not arrived yet")
    return answer


@router.get("/assignments", response_model=list[AssignmentView])
async def get_assignments(
    request: Request,
    project: Name,
    vendor: Optional = None,
    annotator: Optional = None,
    limit: Limit = 100,
) -> list[dict[str, Any]]:
    """Who has which task now, the next to end first."""
    pool = request.app.state.application.pool
    return await listing.list_assignments(
        pool, project, vendor=vendor, annotator=annotator, limit=limit
    )


@router.get("/guidelines", response_model=list[GuidelineView])
async def get_guidelines(request: Request, project: Name) -> list[dict[str, Any]]:
    """Guideline versions in the order of their publication."""
    return await listing.list_guidelines(request.app.state.application.pool, project)


@router.get("/guidelines/flags", response_model=list[FlaggedSectionView])
async def get_flags(request: Request, project: Name) -> list[dict[str, Any]]:
    """Flagged sections beside their confusions, the most flagged first."""
    return await listing.list_flagged_sections(request.app.state.application.pool, project)


class StageView(BaseModel):
    """What waits at one stage: tasks, and the labels that they still want."""

    project: str
    tier: Tier
    tasks: int
    labels: int


class CapacityView(BaseModel):
    """A project's stages, its pools, and what open remediations will ask of them."""

    stages: list[StageView]
    pools: list[CapacityChanged]
    forecast: list[CapacityForecast]


@router.get("/capacity", response_model=CapacityView)
async def get_capacity(request: Request, project: Name) -> CapacityView:
    """Backlog per stage, staffing and promised date per pool, and the demand that is coming."""
    application = request.app.state.application
    async with application.pool.acquire() as connection:
        reporting = Reporting(connection, [project], application.clock.now())
        return CapacityView(
            stages=[StageView(**row) for row in await reporting.stages()],
            pools=await reporting.capacity(),
            forecast=await reporting.forecasts(),
        )


@router.get("/vendors", response_model=list[VendorScored])
async def get_vendors(request: Request, project: Name) -> list[VendorScored]:
    """The scorecards of a project's vendors."""
    application = request.app.state.application
    async with application.pool.acquire() as connection:
        return await Reporting(connection, [project], application.clock.now()).scorecards()
