"""Models: what they were trained on, and where they fail."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging import Received, UnitOfWork
from lineage.domain import evaluation
from lineage.handlers.registry import handlers
from lineage.store import GraphStore


@handlers.on(EvaluationRunCompleted)
async def on_evaluation_run_completed(
    events: Sequence[Received[EvaluationRunCompleted]], work: UnitOfWork
) -> None:
    """An evaluation run and its model."""
    await GraphStore(work.connection).describe(events, evaluation.evaluation_run_completed)


@handlers.on(EvaluationFailure)
async def on_evaluation_failure(
    events: Sequence[Received[EvaluationFailure]], work: UnitOfWork
) -> None:
    """A failure and the run that found it."""
    await GraphStore(work.connection).describe(events, evaluation.evaluation_failure)


@handlers.on(TrainingRunCompleted)
async def on_training_run_completed(
    events: Sequence[Received[TrainingRunCompleted]], work: UnitOfWork
) -> None:
    """A model and what it was trained on."""
    await GraphStore(work.connection).describe(events, evaluation.training_run_completed)
