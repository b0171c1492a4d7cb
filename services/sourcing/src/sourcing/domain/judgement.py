"""The verdict on an item: what its source, its content and its look-alikes come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sourcing.domain.duplicates import Rank, Standing
from sourcing.domain.gates import Content, Hold

Status = Literal["pending", "accepted", "quarantined"]


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What is known of an item's source when the item is judged; ``hold`` keeps its items out."""

    project: str
    licence: str | None
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item to be judged, with its source where that is known.

    ``released`` are the gates that a decision has opened for it.
    """

    project: str
    item_id: str
    source_id: str
    content: Content
    submitted_at: datetime
    source: KnownSource | None
    contamination: Hold | None = None
    released: frozenset[str] = frozenset()

    @property
    def rank(self) -> Rank:
        """Its place among items of equal content."""
        return Rank(self.submitted_at, self.item_id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an item stands; ``hold`` is there exactly when it is quarantined."""

    status: Status
    hold: Hold | None = None


def judge_alone(candidate: Candidate) -> Verdict:
    """The verdict as if no other item existed."""
    source = candidate.source
    if source is None:
        return Verdict("pending")
    flaws = (*candidate.content.flaws, candidate.contamination)
    holds = (
        _check_owner(candidate, source),
        source.hold,
        *(flaw for flaw in flaws if flaw is not None and not _is_released(candidate, flaw)),
    )
    hold = next((hold for hold in holds if hold is not None), None)
    return Verdict("quarantined", hold) if hold else Verdict("accepted")


def first_of(candidates: Iterable[Candidate]) -> Candidate | None:
    """Of items of equal content the earliest that passes every gate that looks at it alone."""
    eligible = [one for one in candidates if judge_alone(one).status == "accepted"]
    return min(eligible, key=lambda one: one.rank, default=None)


def judge_among(candidate: Candidate, standing: Standing, resembled: Hold | None) -> Verdict:
    """The verdict among others; ``resembled`` says what holds the content back, if anything."""
    verdict = judge_alone(candidate)
    if verdict.status != "accepted" or standing.first is None:
        return verdict
    if resembled is not None:
        hold = resembled
    elif standing.first != candidate.rank:
        hold = _duplicate_of(standing.first, candidate)
    else:
        return verdict
    return verdict if hold.gate in candidate.released else Verdict("quarantined", hold)


def resemblance(first: Rank, similarity: float, threshold: float) -> Hold:
    """What holds a near duplicate back."""
    return Hold(
        "near_duplicate",
        f"the text resembles that of item {first.item_id}",
        {
            "duplicate_of": first.item_id,
            "jaccard": f"{similarity:.4f}",
            "threshold": str(threshold),
        },
    )


def _is_released(candidate: Candidate, flaw: Hold) -> bool:
    return flaw.gate in candidate.released and candidate.content.hash is not None


def _check_owner(candidate: Candidate, source: KnownSource) -> Hold | None:
    if source.project == candidate.project:
        return None
    return Hold(
        "provenance",
        "the source belongs to another project; submit a source for this one",
        {"source_id": candidate.source_id},
    )


def _duplicate_of(first: Rank, candidate: Candidate) -> Hold:
    return Hold(
        "exact_duplicate",
        f"the content is that of item {first.item_id}",
        {"duplicate_of": first.item_id, "content_hash": candidate.content.hash or ""},
    )
