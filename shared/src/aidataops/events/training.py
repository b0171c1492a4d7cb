"""What a training pipeline says about a model."""

from __future__ import annotations

from aidataops.events.base import Identifier, Instant, Payload
from aidataops.events.evaluation import DatasetReference


class TrainingRunCompleted(
    Payload, topic="training.runs", key="model", type="aidataops.training.run_completed.v1"
):
    """A model exists: from which dataset versions and by which recipe.

    ``recipe`` identifies everything that is not data (code, hyperparameters, base model): with
    the data it spans the 2 × 2 on which attribution stands.
    """

    training_run_id: Identifier
    project: Identifier
    model: Identifier
    datasets: tuple[DatasetReference, ...]
    recipe: Identifier
    completed_at: Instant
