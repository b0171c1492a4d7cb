"""How far one distribution is from another."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, log2, sqrt

ABSENT = 1e-4
"""Stands for a share of nothing in the population stability index, which knows no zero."""


def population_stability_index(observed: Sequence[float], expected: Sequence[float]) -> float:
    """Σ (o - e) ln(o / e) over shares, in nats; 0.25 counts as a major shift."""
    pairs = [(max(o, ABSENT), max(e, ABSENT)) for o, e in zip(observed, expected, strict=True)]
    return sum((o - e) * log(o / e) for o, e in pairs)


def jensen_shannon(observed: Sequence[float], expected: Sequence[float]) -> float:
    """Jensen-Shannon divergence in bits, between 0 and 1."""
    total = 0.0
    for o, e in zip(observed, expected, strict=True):
        middle = (o + e) / 2
        total += sum(share * log2(share / middle) / 2 for share in (o, e) if share > 0)
    return min(1.0, max(0.0, total))


def chi_square(counts: Sequence[int], expected: Sequence[float]) -> float:
    """Pearson's goodness of fit of counts to shares that sum to 1."""
    total = sum(counts)
    return sum((n - total * e) ** 2 / (total * e) for n, e in zip(counts, expected, strict=True))


def chi_square_tail(statistic: float, degrees: int) -> float:
    """P(χ² ≥ statistic): finite sums for whole degrees of freedom (A&S 26.4.4-5)."""
    if degrees < 1 or statistic <= 0:
        return 1.0
    half = statistic / 2
    odd = degrees % 2
    tail = erfc(sqrt(half)) if odd else 0.0
    for step in range(degrees // 2):
        order = step + odd / 2
        tail += exp(order * log(half) - half - lgamma(order + 1))
    return min(1.0, tail)


def two_sided(z: float) -> float:
    """P(|Z| ≥ |z|) of a standard normal; the tail of χ² = z² with one degree of freedom."""
    return erfc(abs(z) / sqrt(2))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, in the given order: the false discovery rate at which each is found."""
    count = len(p_values)
    adjusted = [1.0] * count
    smallest = 1.0
    for rank, place in enumerate(sorted(range(count), key=p_values.__getitem__, reverse=True)):
        smallest = min(smallest, p_values[place] * count / (count - rank))
        adjusted[place] = smallest
    return adjusted


def defect_rate_bound(items: int, confidence: float = 0.95) -> float:
    """The defect rate that ``items`` without a defect exclude: 1 - (1 - confidence)^(1/n)."""
    return 1.0 if items == 0 else 1 - (1 - confidence) ** (1 / items)
