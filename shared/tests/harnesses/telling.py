"""Events by their kind, and where the files are that they are read from."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from aidataops.events import Payload
from aidataops.events.evaluation import (
    EvaluationFailure,
    EvaluationRunCompleted,
    SampleScore,
    SamplesScored,
)

STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"
FIXTURES = Path(__file__).parent / "fixtures"


def runs(events: Sequence[Payload]) -> list[EvaluationRunCompleted]:
    return [event for event in events if isinstance(event, EvaluationRunCompleted)]


def chunks(events: Sequence[Payload]) -> list[SamplesScored]:
    return [event for event in events if isinstance(event, SamplesScored)]


def failures(events: Sequence[Payload]) -> list[EvaluationFailure]:
    return [event for event in events if isinstance(event, EvaluationFailure)]


def samples(events: Sequence[Payload]) -> list[SampleScore]:
    return [sample for chunk in chunks(events) for sample in chunk.samples]
