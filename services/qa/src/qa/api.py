"""Reading a project's quality over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    AnnotatorFlagged,
    ConfusionMeasured,
    DriftDetected,
    GateCheck,
    MethodAccuracy,
)
from qa.domain.golden import Status
from qa.store.overview import show_quality

router = APIRouter(tags=["quality"])


class AnnotatorView(BaseModel):
    """Where an annotator stands by golden answers: Wald's test, with Wilson's interval beside it.

    Of labels given until ``trusted_after`` none counts.
    """

    vendor: str
    annotator: str
    status: Status
    golden_correct: int
    golden_total: int
    wilson_lower: float
    wilson_upper: float
    log_likelihood_ratio: float
    trusted_after: datetime | None


class ChartView(BaseModel):
    """A chart after its last batch; it alarms when its statistic passes the limit."""

    scope: str
    scope_value: str
    batches: int
    statistic: float
    limit: float
    alarms: bool
    batch_id: str


class BatchView(BaseModel):
    """What the release gate says of a batch, check by check.

    ``items`` is how many were released, ``reviews`` for how many somebody else has to look, by
    reason.
    """

    batch_id: str
    verdict: Literal["released", "blocked"]
    revision: int
    ended_at: datetime | None
    items: int | None
    agreement: Agreement | None
    checks: list[GateCheck]
    reviews: dict[str, int]


class QualityView(BaseModel):
    """Whether a project's labels can be trusted, as qa sees it now."""

    project: str
    kind: str
    floor: float
    standard: str | None
    method: str
    recommended: str | None
    accuracies: list[MethodAccuracy]
    agreements: list[AgreementMeasured]
    confusions: list[ConfusionMeasured]
    annotators: list[AnnotatorView]
    flags: list[AnnotatorFlagged]
    charts: list[ChartView]
    drift: list[DriftDetected]
    batches: list[BatchView]


@router.get("/projects/{project}/quality", response_model=QualityView)
async def get_quality(
    request: Request,
    project: str,
    batch: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    batches: Annotated[int, Query(ge=0, le=1000)] = 5,
    *,
    pairs: bool = False,
) -> dict[str, Any]:
    """A project's agreement, annotators, charts and verdicts; 404 when there is no such project.

    ``batches`` is how many of the last verdicts are told, ``batch`` asks for that of one.
    """
    async with request.app.state.application.pool.acquire() as connection:
        found = await show_quality(connection, project, batch=batch, batches=batches, pairs=pairs)
    if found is None:
        raise HTTPException(404, f"There is no project {project!r}.")
    return found
