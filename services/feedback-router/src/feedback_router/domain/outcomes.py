"""The outcomes of two runs, paired by sample."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aidataops.events.base import Slices

SliceKey = tuple[tuple[str, str], ...]
"""Slices as something hashable: (attribute, value) pairs in order of attribute."""


def name_of(slices: SliceKey) -> str:
    """A slice as people say it: ``returns × es``."""
    return " × ".join(value for _, value in slices) or "the whole set"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one sample came to under one metric; an errored one says nothing about the model.

    Without a ``score`` passing is 1 and failing 0; samples of one ``cluster`` share a prompt.
    """

    sample_id: str
    metric: str
    slices: Slices
    passed: bool
    errored: bool = False
    score: float | None = None
    cluster: str | None = None

    @property
    def graded(self) -> float:
        """The score, whichever way it is known."""
        return float(self.passed) if self.score is None else self.score


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """A 2 x 2 of paired outcomes: ``lost`` passed before only, ``gained`` pass after only."""

    pairs: int = 0
    passed_before: int = 0
    passed_after: int = 0
    lost: int = 0
    gained: int = 0


def slice_of(slices: Mapping[str, str], slice_by: Sequence[str]) -> SliceKey:
    """The part of a sample's slices that the policy compares by.

    A sample without one of the attributes falls into the slice of those it has, so that none is
    left out of every comparison.
    """
    return tuple((name, slices[name]) for name in sorted(slice_by) if name in slices)


def pair(
    before: Iterable[Outcome], after: Iterable[Outcome]
) -> dict[str, list[tuple[Outcome, Outcome]]]:
    """Metric → the samples that both runs answered, before and after.

    A sample that errored on either side is no pair: a crash is not a wrong answer.
    """
    known = {(o.metric, o.sample_id): o for o in before if not o.errored}
    pairs: dict[str, list[tuple[Outcome, Outcome]]] = defaultdict(list)
    for outcome in after:
        earlier = known.get((outcome.metric, outcome.sample_id))
        if earlier is not None and not outcome.errored:
            pairs[outcome.metric].append((earlier, outcome))
    return dict(pairs)


def count(pairs: Iterable[tuple[Outcome, Outcome]]) -> PairedCounts:
    """The 2 x 2 of some pairs."""
    seen = Counter((earlier.passed, later.passed) for earlier, later in pairs)
    both, lost, gained = seen[True, True], seen[True, False], seen[False, True]
    return PairedCounts(seen.total(), both + lost, both + gained, lost, gained)
