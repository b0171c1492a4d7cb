"""What training and evaluation events say about models."""

from __future__ import annotations

from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationFailure,
    EvaluationRunCompleted,
)
from aidataops.events.training import TrainingRunCompleted
from lineage.domain.graph import Description, Edge, Fact, Kind, Node
from lineage.domain.naming import version_node


def training_run_completed(event: TrainingRunCompleted) -> Description:
    """A model, the recipe it was made by and the dataset versions that went in."""
    run = Node(Kind.TRAINING_RUN, event.training_run_id)
    attributes = {
        "project": event.project,
        "model": event.model,
        "recipe": event.recipe,
        "completed_at": event.completed_at.isoformat(),
    }
    data = (Edge(version_node(dataset), "trained", run) for dataset in event.datasets)
    return Description(
        (Fact(run, "completed", attributes),),
        (Edge(run, "produced", Node(Kind.MODEL, event.model)), *data),
    )


def evaluation_run_completed(event: EvaluationRunCompleted) -> Description:
    """An evaluation of a model, and the run that it is compared with."""
    run, model = Node(Kind.EVALUATION_RUN, event.run_id), Node(Kind.MODEL, event.model)
    attributes = {
        "project": event.project,
        "task": event.task,
        "harness": event.harness.name,
        "samples": event.samples,
        "errored": event.errored,
        "metrics": event.metrics,
        "completed_at": event.completed_at.isoformat(),
    }
    edges = (Edge(model, "evaluated_in", run), *_declared(event.dataset_version, model))
    if event.baseline_run_id is not None:
        baseline = Node(Kind.EVALUATION_RUN, event.baseline_run_id)
        edges = (*edges, Edge(baseline, "baseline_of", run, material=False))
    return Description((Fact(run, "completed", attributes),), edges)


def evaluation_failure(event: EvaluationFailure) -> Description:
    """A sample that a model got wrong; its texts stay with the feedback router."""
    failure, model = Node(Kind.FAILURE, event.failure_id), Node(Kind.MODEL, event.model)
    attributes = {
        "project": event.project,
        "task": event.task,
        "sample_id": event.sample_id,
        "category": event.category.value,
        "severity": event.severity,
        "slices": event.slices,
        "metric": event.metric,
        "score": event.score,
    }
    run = Node(Kind.EVALUATION_RUN, event.run_id)
    suspects = (
        Edge(Node(Kind.ITEM, item_id), "suspected_in", failure, material=False)
        for item_id in event.suspect_items
    )
    return Description(
        (Fact(failure, "reported", attributes),),
        (
            Edge(model, "evaluated_in", run),
            Edge(run, "found", failure),
            *_declared(event.dataset_version, model),
            *suspects,
        ),
    )


def _declared(version: DatasetReference | None, model: Node) -> tuple[Edge, ...]:
    """What a harness says that a model was trained on, where no training run says it."""
    return () if version is None else (Edge(version_node(version), "declared_for", model),)
