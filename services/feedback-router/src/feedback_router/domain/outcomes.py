"""The outcomes of two runs, paired by sample."""

from __future__ import annotations

from collections import defaultdict
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
    """What one sample came to under one metric; an errored one says nothing about the model."""

    sample_id: str
    metric: str
    slices: Slices
    passed: bool
    errored: bool = False


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """A 2 x 2 of paired outcomes: ``lost`` passed before only, ``gained`` pass after only."""

    pairs: int = 0
    passed_before: int = 0
    passed_after: int = 0
    lost: int = 0
    gained: int = 0

    def add(self, before: bool, after: bool) -> PairedCounts:
        """The counts with one more pair."""
        return PairedCounts(
            self.pairs + 1,
            self.passed_before + before,
            self.passed_after + after,
            self.lost + (before and not after),
            self.gained + (after and not before),
        )


def slice_of(slices: Mapping[str, str], slice_by: Sequence[str]) -> SliceKey:
    """The part of a sample's slices that the policy compares by.

    A sample without one of the attributes falls into the slice of those it has, so that none is
    left out of every comparison.
    """
    return tuple((name, slices[name]) for name in sorted(slice_by) if name in slices)


def pair_by_slice(
    before: Iterable[Outcome], after: Iterable[Outcome], slice_by: Sequence[str]
) -> dict[tuple[str, SliceKey], PairedCounts]:
    """Counts per (metric, slice) over the samples that both runs answered.

    A sample that errored on either side is no pair: a crash is not a wrong answer. The slices are
    those of the later run.
    """
    known = {(o.metric, o.sample_id): o.passed for o in before if not o.errored}
    counts: dict[tuple[str, SliceKey], PairedCounts] = defaultdict(PairedCounts)
    for outcome in after:
        passed_before = known.get((outcome.metric, outcome.sample_id))
        if passed_before is not None and not outcome.errored:
            key = (outcome.metric, slice_of(outcome.slices, slice_by))
            counts[key] = counts[key].add(passed_before, outcome.passed)
    return dict(counts)
