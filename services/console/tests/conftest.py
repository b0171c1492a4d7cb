"""The story of one data fix, as the console hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from aidataops.events import Payload
from aidataops.events.annotation import LabelSchema, TaskCreated
from aidataops.events.evaluation import DatasetReference, EvaluationFailure, FailureCategory
from aidataops.events.feedback import (
    Attribution,
    Effect,
    FindingsDismissed,
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationProgressed,
    RemediationRequested,
    RemediationScheduled,
    RemediationVerified,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    GateCheck,
    GoldenScored,
)
from aidataops.testing import ServiceHarness
from console.app import create_app

DUE = datetime(2026, 1, 8, tzinfo=UTC)
SLICE = {"domain": "returns", "language": "es"}
AGREEMENT = Agreement(value=0.842, lower=0.731, upper=0.93, units=20, labels=58, annotators=3)
CHECK = GateCheck(name="agreement", verdict="passed", figure=0.731, floor=0.667)


def failure(name: str, **changes: object) -> EvaluationFailure:
    return EvaluationFailure.model_validate({
        "failure_id": name, "run_id": "run-2", "project": "support",
        "model": "acme/assistant-v2", "task": "support_qa", "sample_id": name,
        "slices": SLICE, "category": FailureCategory.HALLUCINATION, "metric": "exact_match",
        "score": 0.0, **changes,
    })  # fmt: skip


def regression(name: str = "g-1", **changes: object) -> RegressionDetected:
    attribution = Attribution(
        verdict="data",
        sentence="Only the data changed between support-seed@1 and support@1; cohort "
        "brightlabel/legacy/0.9.0/import is associated with the slice that got worse.",
    )
    return RegressionDetected.model_validate({
        "regression_id": name, "project": "support", "run_id": "run-2",
        "baseline_run_id": "run-1", "model": "acme/assistant-v2", "metric": "exact_match",
        "slices": SLICE, "pairs": 25, "passed_before": 24, "passed_after": 3, "lost": 21,
        "gained": 0, "p_value": 9.5e-7, "q_value": 2.4e-5, "attribution": attribution,
        "failure_ids": ("f-1",), **changes,
    })  # fmt: skip


def request(name: str = "m-1", **changes: object) -> RemediationRequested:
    return RemediationRequested.model_validate({
        "remediation_id": name, "project": "support", "kind": "source_items", "slices": SLICE,
        "regression_ids": ("g-1",), "model": "acme/assistant-v2", "priority": 7.25, "quota": 40,
        "reason": "returns × es lost 21 of 25 samples.", "policy_version": "1", **changes,
    })  # fmt: skip


def measured(batch: str, **changes: object) -> AgreementMeasured:
    return AgreementMeasured.model_validate({
        "project": "support", "scope": "batch", "scope_value": batch, "batch_id": batch,
        "agreement": AGREEMENT, "floor": 0.667, "verdict": "passed", **changes,
    })  # fmt: skip


def released(batch: str, **changes: object) -> BatchReleased:
    return BatchReleased.model_validate({
        "project": "support", "batch_id": batch, "remediation_id": "m-1",
        "agreement": AGREEMENT, "checks": (CHECK,), "items": (), **changes,
    })  # fmt: skip


@pytest.fixture
def story() -> Mapping[str, Payload]:
    """Every event by a name, in the order in which it really happened; all three numbers end 0."""
    effect = Effect(before=0.12, after=0.92, difference=0.8, lower=0.6, upper=0.9, p_value=1e-4)
    weak = Agreement(value=0.52, lower=0.31, upper=0.7, units=12, labels=31, annotators=3)
    return {
        "failure 1": failure("f-1", part_of_run=True),
        "failure 2": failure("f-2", slices={"domain": "billing", "language": "en"}),
        "regression": regression(),
        "request": request(),
        "second request": request(
            "m-2", kind="reannotate_cohort", priority=4.5,
            reason="Labels of cohort brightlabel/legacy/0.9.0/import in this slice.",
        ),
        "dismissal": FindingsDismissed(
            run_id="run-2", project="support", failure_ids=("f-2",), policy_version="1",
            reason="No worse than the baseline.",
        ),
        "approval": RemediationApproved(
            remediation_id="m-1", project="support", kind="source_items", slices=SLICE,
            approved_by="lead", decision_id="d-1",
        ),
        "schedule": RemediationScheduled(
            remediation_id="m-2", project="support", due_at=DUE, labels=60, labels_before=0,
            reason="60 labels at 20 a day.",
        ),
        "later schedule": RemediationScheduled(
            remediation_id="m-2", project="support", revision=2, due_at=DUE + timedelta(days=2),
            labels=60, labels_before=40, reason="40 labels are done before.",
        ),
        "task": TaskCreated(
            task_id="t-1", project="support", batch_id="b-3", batch_size=30, item_id="i-1",
            label_schema=LabelSchema(categories=("correct", "incorrect")),
            guideline_version="1.0.0", overlap=3,
        ),
        "golden": GoldenScored(
            project="support", annotator="bright-2", vendor="brightlabel", label_id="l-1",
            item_id="gold-1", correct=False, golden_correct=2, golden_total=5,
            log_likelihood_ratio=3.07, wilson_lower=0.118, wilson_upper=0.769,
        ),
        "suspension": AnnotatorSuspended(
            project="support", annotator="bright-2", vendor="brightlabel",
            reason="Three of five golden items missed.", golden_correct=2, golden_total=5,
            log_likelihood_ratio=3.07, wilson_lower=0.118, wilson_upper=0.769,
        ),
        "agreement": measured("b-1"),
        "release": released("b-1"),
        "weak agreement": measured("b-2", agreement=weak, verdict="failed"),
        "block": BatchBlocked(
            project="support", batch_id="b-2", agreement=weak,
            checks=(GateCheck(name="agreement", verdict="failed", figure=0.31, floor=0.667),),
        ),
        "progress": RemediationProgressed(
            remediation_id="m-1", project="support", stage="released", done=40, batch_id="b-1"
        ),
        "version": VersionPublished(
            dataset="support", version=2, project="support", hash="ab12" * 16, items=980,
            parents=(DatasetReference(dataset="support", version=1),), batch_ids=("b-1",),
            remediation_ids=("m-1",),
        ),
        "completed": RemediationCompleted(
            remediation_id="m-1", project="support",
            dataset_version=DatasetReference(dataset="support", version=2),
        ),
        "verified": RemediationVerified(
            remediation_id="m-1", project="support", run_id="run-3", effect=effect
        ),
    }  # fmt: skip


@pytest_asyncio.fixture
async def console(database: str) -> AsyncIterator[ServiceHarness]:
    async with ServiceHarness.start(create_app(), database) as harness:
        yield harness


@pytest_asyncio.fixture
async def http(console: ServiceHarness) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=console.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield client
