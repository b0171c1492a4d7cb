"""The events that journeys begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelinePublished,
    LabelSchema,
    LabelSubmitted,
    ProjectDefined,
)
from aidataops.events.evaluation import EvaluationFailure, FailureCategory
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import ItemAccepted

CATEGORIES = ("correct", "incorrect", "unsafe", "unclear")
SLICES = {"domain": "returns", "language": "es"}


def failure(project: str, name: str = "f1", **more: Any) -> EvaluationFailure:
    """One failing sample that no run was published with: it is routed by itself."""
    content: dict[str, Any] = {
        "failure_id": f"{project}-{name}",
        "run_id": f"{project}-run",
        "project": project,
        "model": "acme/assistant-v2",
        "task": "returns-faq",
        "sample_id": f"sample-{name}",
        "part_of_run": False,
        "slices": SLICES,
        "category": FailureCategory.HALLUCINATION,
        "severity": "high",
        "metric": "exact_match",
        "score": 0.0,
        "prompt": "¿Cuánto tiempo tengo para devolver un pedido?",
        "expected": "30 días",
        "actual": "90 días",
    }
    return EvaluationFailure(**content | more)


def labelling(project: str, *items: str) -> list[Payload]:
    """A project with an approved order to annotate these items, each by one person."""
    return [
        ProjectDefined(
            project=project,
            name="Support answers",
            dataset=project,
            label_schema=LabelSchema(categories=CATEGORIES),
            guideline_version="1.0.0",
            overlap=10,
            golden_rate=0.0,
            accountable="lead",
        ),
        GuidelinePublished(
            project=project, guideline_version="1.0.0", signed_off_by="sme", calibration_alpha=0.9
        ),
        *(
            ItemAccepted(
                item_id=f"{project}-{item}",
                project=project,
                source_id=f"{project}-faq",
                content_hash=f"{item:0>64}",
                text=f"¿{item}?",
                slices=SLICES,
                licence="CC0-1.0",
            )
            for item in items
        ),
        RemediationApproved(
            remediation_id=f"{project}-remediation",
            project=project,
            kind="annotate",
            slices=SLICES,
            item_ids=tuple(f"{project}-{item}" for item in items),
            approved_by="lead",
        ),
    ]


def label(task_id: str, number: int, **more: Any) -> LabelSubmitted:
    """A vendor's label."""
    content: dict[str, Any] = {
        "vendor": "acme-labels",
        "annotation_id": f"{task_id}/{number}",
        "task_id": task_id,
        "annotator": f"acme-{number}",
        "value": "correct",
        "guideline_version": "1.0.0",
        "submitted_at": datetime(2026, 11, 23, 9, number, tzinfo=UTC),
    }
    return LabelSubmitted(**content | more)
