"""Payloads to publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from aidataops.events.annotation import LabelSubmitted


@pytest.fixture
def label() -> Callable[..., LabelSubmitted]:
    def make(number: int = 1, **changes: str | int) -> LabelSubmitted:
        fields = {
            "vendor": "acme-labels",
            "annotation_id": f"a-{number}",
            "task_id": f"task-{number}",
            "annotator": "acme-1",
            "value": "correct",
            "guideline_version": "1.0.0",
            "submitted_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        return LabelSubmitted.model_validate(fields | changes)

    return make
