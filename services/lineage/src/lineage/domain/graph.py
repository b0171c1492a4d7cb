"""The provenance graph: what is known of a node, what led to what, and how claims merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """What a node can be."""

    SOURCE = "source"
    ITEM = "item"
    BRIEF = "brief"
    GUIDELINE = "guideline"
    TASK = "task"
    ANNOTATOR = "annotator"
    COHORT = "cohort"
    LABEL = "label"
    CONSENSUS = "consensus"
    BATCH = "batch"
    RELEASE = "release"
    DATASET_VERSION = "dataset_version"
    TRAINING_RUN = "training_run"
    MODEL = "model"
    EVALUATION_RUN = "evaluation_run"
    FAILURE = "failure"
    REGRESSION = "regression"
    REMEDIATION = "remediation"
    DECISION = "decision"
    VENDOR = "vendor"


class Node(NamedTuple):
    """A node's identity; there may be nothing more known of it yet."""

    kind: Kind
    id: str


class Stamp(NamedTuple):
    """When an event says it happened; the id settles ties, so that any two events have an order."""

    time: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One aspect of a node; events that revise the aspect carry a higher ``revision``."""

    node: Node
    aspect: str
    attributes: Mapping[str, Any]
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """``origin`` led to ``target``.

    ``material``: what the origin is, is in the target, so that an error in the one is an error in
    the other. Otherwise the origin is only the reason why the target exists.
    """

    origin: Node
    relation: str
    target: Node
    material: bool = True


@dataclass(frozen=True, slots=True)
class Description:
    """What one event says."""

    facts: tuple[Fact, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A description, when it was made, and in which trace."""

    description: Description
    stamp: Stamp
    trace_id: str
    correlation_id: str


class StampedFact(NamedTuple):
    """A fact and the claim that it stands in."""

    fact: Fact
    claim: Claim


class StampedEdge(NamedTuple):
    """An edge and the claim that it stands in."""

    edge: Edge
    claim: Claim


def latest_facts(claims: Iterable[Claim]) -> list[StampedFact]:
    """The fact that counts of each aspect of each node, in the order of their keys.

    The highest (revision, stamp) wins: associative, commutative and idempotent, and so the same
    whether claims meet here or in the database, in whatever order.
    """
    latest: dict[tuple[Node, str], StampedFact] = {}
    for claim in claims:
        for fact in claim.description.facts:
            key = (fact.node, fact.aspect)
            known = latest.get(key)
            if known is None or _rank(known) < (fact.revision, claim.stamp):
                latest[key] = StampedFact(fact, claim)
    return [latest[key] for key in sorted(latest)]


def first_edges(claims: Iterable[Claim]) -> list[StampedEdge]:
    """Each edge once, with the claim of the smallest stamp, in the order of their keys."""
    first: dict[tuple[Node, str, Node], StampedEdge] = {}
    for claim in claims:
        for edge in claim.description.edges:
            key = (edge.origin, edge.relation, edge.target)
            known = first.get(key)
            if known is None or claim.stamp < known.claim.stamp:
                first[key] = StampedEdge(edge, claim)
    return [first[key] for key in sorted(first)]


def _rank(known: StampedFact) -> tuple[int, Stamp]:
    return known.fact.revision, known.claim.stamp
