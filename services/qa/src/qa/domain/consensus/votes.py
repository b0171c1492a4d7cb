"""What the labels of one item say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ENOUGH_LABELS = 2
"""One voice is no consensus, unless the project asked for one label only."""


@dataclass(frozen=True)
class Label:
    """One label as far as its item's consensus is concerned."""

    label_id: str
    vendor: str
    annotator: str
    cohort: str
    value: str
    trusted: bool = True


@dataclass(frozen=True)
class Consensus:
    """A value, the share of trusted labels that carry it, and those labels' lineage."""

    value: str
    confidence: float
    label_ids: tuple[str, ...]
    cohorts: tuple[str, ...]


@dataclass(frozen=True)
class NoConsensus:
    """Why somebody else has to look."""

    reason: Literal["low_confidence", "too_few_labels", "tie"]


def reach_consensus(labels: Sequence[Label], overlap: int) -> Consensus | NoConsensus:
    """The value that more than half of the labels carry; ``labels`` are the trusted ones.

    Only the labels that carry the value are its lineage: a dissenting one did not make it.
    Cohorts come with the best represented first.
    """
    if len(labels) < min(ENOUGH_LABELS, overlap):
        return NoConsensus("too_few_labels")
    votes = Counter(label.value for label in labels).most_common(2)
    value, number = votes[0]
    if len(votes) > 1 and votes[1][1] == number:
        return NoConsensus("tie")
    if 2 * number <= len(labels):
        return NoConsensus("low_confidence")
    carrying = [label for label in labels if label.value == value]
    cohorts = Counter(label.cohort for label in carrying)
    return Consensus(
        value=value,
        confidence=number / len(labels),
        label_ids=tuple(sorted(label.label_id for label in carrying)),
        cohorts=tuple(sorted(cohorts, key=lambda cohort: (-cohorts[cohort], cohort))),
    )
