"""The labels of one item, and what is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ENOUGH_LABELS = 2
"""One voice is no consensus, unless the project asked for one label only."""

Tier = Literal["tier1", "tier2", "adjudication"]
DECIDING: tuple[tuple[Tier, str], ...] = (("adjudication", "adjudicated"), ("tier2", "reviewed"))
"""Tiers whose label decides, the highest first, and what that method is called."""


@dataclass(frozen=True)
class Label:
    """One label as far as its item's consensus is concerned."""

    label_id: str
    vendor: str
    annotator: str
    cohort: str
    value: str
    trusted: bool = True
    tier: Tier = "tier1"
    submitted_at: datetime | None = None

    @property
    def who(self) -> tuple[str, str]:
        """Vendor and annotator: names are unique within a vendor only."""
        return self.vendor, self.annotator


@dataclass(frozen=True)
class Consensus:
    """A value, how sure it is, and the lineage: the labels that carry it.

    A dissenting label did not make the value. Cohorts come with the best represented first.
    """

    value: str
    confidence: float
    label_ids: tuple[str, ...]
    cohorts: tuple[str, ...]
    method: str = "majority"


@dataclass(frozen=True)
class NoConsensus:
    """Why somebody else has to look."""

    reason: Literal["low_confidence", "too_few_labels", "tie"]


def carry(
    labels: Sequence[Label], value: str, confidence: float, method: str = "majority"
) -> Consensus:
    """A value with the lineage of the labels that carry it."""
    carrying = [label for label in labels if label.value == value]
    cohorts = Counter(label.cohort for label in carrying)
    return Consensus(
        value=value,
        confidence=confidence,
        label_ids=tuple(sorted(label.label_id for label in carrying)),
        cohorts=tuple(sorted(cohorts, key=lambda cohort: (-cohorts[cohort], cohort))),
        method=method,
    )


def decide_by_review(labels: Sequence[Label]) -> Consensus | None:
    """The value given by the highest tier above the first; of several the latest."""
    for tier, method in DECIDING:
        given = [label for label in labels if label.tier == tier]
        if given:
            latest = max(given, key=lambda label: (str(label.submitted_at), label.label_id))
            return carry(labels, latest.value, 1.0, method)
    return None


def reach_majority(labels: Sequence[Label], overlap: int) -> Consensus | NoConsensus:
    """The value that more than half of the labels carry; ``labels`` are the trusted ones."""
    if len(labels) < min(ENOUGH_LABELS, overlap):
        return NoConsensus("too_few_labels")
    votes = Counter(label.value for label in labels).most_common(2)
    value, number = votes[0]
    if len(votes) > 1 and votes[1][1] == number:
        return NoConsensus("tie")
    if 2 * number <= len(labels):
        return NoConsensus("low_confidence")
    return carry(labels, value, number / len(labels))
