"""How nodes are named whose name no event carries as such."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from aidataops.events.evaluation import DatasetReference
from lineage.domain.graph import Kind, Node


def version_id(dataset: str, version: int) -> str:
    """``support@2``."""
    return f"{dataset}@{version}"


def version_node(reference: DatasetReference) -> Node:
    """The node of a dataset version."""
    return Node(Kind.DATASET_VERSION, version_id(reference.dataset, reference.version))


def annotator_node(vendor: str, annotator: str) -> Node:
    """The node of an annotator: ``brightlabel/bright-2``, as vendors choose names by themselves."""
    return Node(Kind.ANNOTATOR, f"{vendor}/{annotator}")


def guideline_node(project: str, guideline_version: str) -> Node:
    """The node of a guideline version: ``support/1.0.0``."""
    return Node(Kind.GUIDELINE, f"{project}/{guideline_version}")


def release_id(batch_id: str, revision: int) -> str:
    """One verdict of the gate on a batch; a later verdict is another release."""
    return f"{batch_id}#{revision}"


def consensus_id(batch_id: str, item_id: str, value: str, label_ids: Iterable[str]) -> str:
    """A consensus by its content: which labels said what.

    Late labels and suspensions make another consensus, a node of its own, so that the labels behind
    a published row stay exactly those that were counted.
    """
    parts = (batch_id, item_id, value, *sorted(label_ids))
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode())
    return f"{item_id}#{digest.hexdigest()[:32]}"
