"""What an eval harness says about a model."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Value

TOPIC = "evaluation.results"

Severity = Literal["low", "medium", "high", "critical"]


class FailureCategory(StrEnum):
    """The failure taxonomy; a harness's own tags map onto it by configuration."""

    HALLUCINATION = "hallucination"
    OVER_REFUSAL = "over_refusal"
    UNDER_REFUSAL = "under_refusal"
    COVERAGE_GAP = "coverage_gap"
    INSTRUCTION_FOLLOWING = "instruction_following"
    REASONING = "reasoning"
    SAFETY = "safety"
    BIAS = "bias"
    PRIVACY = "privacy"
    FORMAT = "format"
    TOOL_USE = "tool_use"


class DatasetReference(Value):
    """One version of one dataset."""

    dataset: Identifier
    version: int = Field(ge=0)


class Harness(Value):
    """The tool that ran the evaluation."""

    name: Identifier
    version: str | None = None


class EvaluationRunCompleted(
    Payload, topic=TOPIC, key="run_id", type="aidataops.evaluation.run_completed.v1"
):
    """One evaluation of one model on one task has ended; its samples follow in ``samples_scored``.

    ``chunks`` says how many of those to wait for. ``baseline_run_id`` names the run to compare
    with; a run without one is a reference itself.
    """

    run_id: Identifier
    project: Identifier
    model: Identifier
    task: Identifier
    task_version: str | None = None
    harness: Harness
    dataset_version: DatasetReference | None = None
    baseline_run_id: Identifier | None = None
    completed_at: Instant
    samples: int = Field(ge=0)
    errored: int = Field(default=0, ge=0)
    chunks: int = Field(ge=0)
    metrics: dict[Identifier, float] = {}


class SampleScore(Value):
    """One sample's outcome; ``sample_id`` pairs it with the same sample of another run."""

    sample_id: Identifier
    slices: Slices = {}
    score: float
    passed: bool
    errored: bool = False
    cluster: Identifier | None = None


class SamplesScored(
    Payload, topic=TOPIC, key="run_id", type="aidataops.evaluation.samples_scored.v1"
):
    """A chunk (at most 1000) of a run's outcomes, passes included: paired tests need them."""

    run_id: Identifier
    project: Identifier
    metric: Identifier
    chunk: int = Field(ge=0)
    chunks: int = Field(ge=1)
    samples: tuple[SampleScore, ...] = Field(max_length=1000)


class JudgeAgreement(Value):
    """How well the model that judged agrees with people; a verdict weighs no more than this."""

    judge: Identifier
    agreement: float = Field(ge=0, le=1)
    labels: int = Field(ge=0)


class EvaluationFailure(Payload, topic=TOPIC, key="run_id", type="aidataops.evaluation.failure.v1"):
    """One sample that the model got wrong, with everything that data work needs to know of it.

    ``part_of_run`` says that the run's outcomes are published as well, so that the finding is
    judged by paired statistics over the run; without it the failure is routed by itself.
    """

    failure_id: Identifier
    run_id: Identifier
    project: Identifier
    model: Identifier
    task: Identifier
    sample_id: Identifier
    part_of_run: bool = False
    dataset_version: DatasetReference | None = None
    slices: Slices = {}
    category: FailureCategory
    severity: Severity = "medium"
    metric: Identifier
    score: float
    prompt: str | None = None
    expected: str | None = None
    actual: str | None = None
    judge: JudgeAgreement | None = None
    suspect_items: tuple[Identifier, ...] = Field(default=(), max_length=1000)
