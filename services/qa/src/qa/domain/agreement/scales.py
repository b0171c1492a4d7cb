"""How different two values are: the difference functions of Krippendorff's alpha."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum
from operator import mul
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from qa.domain.agreement.resamples import Floats, Resamples

Margins = Mapping[str, int]
"""Value → how many labels carry it."""
Unlike = Mapping[int, Mapping[tuple[str, str], int]]
"""Labels of a unit → unlike pair of values → how often they stand beside each other."""
Difference = Callable[[str, str], float]
"""Squared difference of two values, 0 for equal ones; symmetric."""


class Scale(Protocol):
    """What alpha has to know about a type of label; ``name`` ends the coefficient's name."""

    @property
    def name(self) -> str: ...

    def difference(self, margins: Margins) -> Difference:
        """The difference function; ordinal ones depend on how often each value was given."""

    def observed(self, unlike: Unlike, margins: Margins) -> float:
        """Σ o_ck δ²(c, k) over all ordered pairs of values, to the last digit in any order."""

    def expected(self, margins: Margins) -> float:
        """Σ n_c n_k δ²(c, k) over all ordered pairs of values; 0 when nothing varies."""

    def resampled(self, resamples: Resamples) -> tuple[Floats, Floats]:
        """Observed and expected disagreement in every resample."""


@dataclass(frozen=True)
class NominalScale:
    """Values are the same or they are not."""

    name: str = "nominal"

    def difference(self, margins: Margins) -> Difference:
        return lambda one, other: float(one != other)

    def observed(self, unlike: Unlike, margins: Margins) -> float:
        return fsum(2 * sum(pairs.values()) / (size - 1) for size, pairs in unlike.items())

    def expected(self, margins: Margins) -> float:
        numbers = margins.values()
        return float(sum(numbers) ** 2 - sum(map(mul, numbers, numbers)))

    def resampled(self, resamples: Resamples) -> tuple[Floats, Floats]:
        unlike = resamples.weigh(lambda one, other: float(one != other))
        margins = resamples.margins
        return unlike, margins.sum(axis=1) ** 2 - (margins**2).sum(axis=1)


@dataclass(frozen=True)
class OrdinalScale:
    """Values are levels from low to high; how far apart they are follows from how many lie between.

    The difference of two levels is that of their mid-ranks: Krippendorff's Σ n_g - (n_c + n_k) / 2.
    """

    levels: tuple[str, ...]
    name: str = "ordinal"

    def difference(self, margins: Margins) -> Difference:
        ranks, below = {}, 0
        for level in self._ordered(margins):
            ranks[level] = below + margins[level] / 2
            below += margins[level]
        return lambda one, other: (ranks[one] - ranks[other]) ** 2

    def observed(self, unlike: Unlike, margins: Margins) -> float:
        return _observed(unlike, self.difference(margins))

    def expected(self, margins: Margins) -> float:
        return _expected(margins, self.difference(margins))

    def resampled(self, resamples: Resamples) -> tuple[Floats, Floats]:
        order = [resamples.values.index(level) for level in self._ordered(resamples.values)]
        margins = resamples.margins[:, order]
        ranks = margins.cumsum(axis=1) - margins / 2
        pairs = resamples.pairs[:, order][:, :, order]
        differences = (ranks[:, :, None] - ranks[:, None, :]) ** 2
        crossed = margins[:, :, None] * margins[:, None, :]
        return (pairs * differences).sum(axis=(1, 2)), (crossed * differences).sum(axis=(1, 2))

    def _ordered(self, values: Sequence[str] | Margins) -> list[str]:
        """The levels in use; one that the schema does not know counts as higher than all others."""
        ranks = {level: rank for rank, level in enumerate(self.levels)}
        return sorted(values, key=lambda value: (ranks.get(value, len(ranks)), value))


@dataclass(frozen=True)
class FixedScale:
    """Values differ by what they are, however often they were given."""

    name: str
    between: Difference

    def difference(self, margins: Margins) -> Difference:
        return self.between

    def observed(self, unlike: Unlike, margins: Margins) -> float:
        return _observed(unlike, self.between)

    def expected(self, margins: Margins) -> float:
        return _expected(margins, self.between)

    def resampled(self, resamples: Resamples) -> tuple[Floats, Floats]:
        margins = resamples.margins
        differences = resamples.table(self.between)
        return resamples.weigh(self.between), ((margins @ differences) * margins).sum(axis=1)


def _observed(unlike: Unlike, difference: Difference) -> float:
    return fsum(
        2 * number / (size - 1) * difference(*pair)
        for size, pairs in unlike.items()
        for pair, number in pairs.items()
    )


def _expected(margins: Margins, difference: Difference) -> float:
    return 2 * fsum(
        margins[one] * margins[other] * difference(one, other)
        for one, other in combinations(margins, 2)
    )


def _squared_distance(one: str, other: str) -> float:
    return (float(one) - float(other)) ** 2


def _squared_ratio(one: str, other: str) -> float:
    total = float(one) + float(other)
    return ((float(one) - float(other)) / total) ** 2 if total else float(one != other)


def _preference(one: str, other: str) -> float:
    """Half a disagreement between a side and a tie, a whole one between two sides."""
    if one == other:
        return 0.0
    return 0.5 if "tie" in (one, other) else 1.0


def _masi(one: str, other: str) -> float:
    """Passonneau's distance of two sets: 1 - Jaccard × monotonicity (LREC 2006)."""
    first, second = frozenset(json.loads(one)), frozenset(json.loads(other))
    if first == second:
        return 0.0
    shared = len(first & second)
    if not shared:
        return 1.0
    monotonicity = 2 / 3 if first <= second or second <= first else 1 / 3
    return 1 - shared / len(first | second) * monotonicity


def _kendall(one: str, other: str) -> float:
    """The share of pairs of candidates that two rankings order the other way round.

    A candidate that was left out ranks below all others; a pair that only one of the rankings
    orders counts half.
    """
    first, second = _ranks(one), _ranks(other)
    candidates = sorted(first.keys() | second.keys())
    last = len(candidates)
    apart = pairs = 0.0
    for a, b in combinations(candidates, 2):
        here = _sign(first.get(a, last) - first.get(b, last))
        there = _sign(second.get(a, last) - second.get(b, last))
        apart += abs(here - there) / 2
        pairs += 1
    return apart / pairs if pairs else 0.0


def _ranks(ranking: str) -> dict[str, int]:
    return {candidate: rank for rank, candidate in enumerate(json.loads(ranking))}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


NOMINAL = NominalScale()
INTERVAL = FixedScale("interval", _squared_distance)
RATIO = FixedScale("ratio", _squared_ratio)
PREFERENCE = FixedScale("preference", _preference)
MASI = FixedScale("masi", _masi)
KENDALL = FixedScale("kendall", _kendall)
