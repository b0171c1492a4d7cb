"""Graded scores and repeated epochs: a paired bootstrap that draws whole clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log, sqrt

ROUNDS = 2000
_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean change of a score with its 95 % percentile interval and two-sided p-value."""

    mean: float
    lower: float
    upper: float
    p_value: float


def clustered_bootstrap(
    changes: Sequence[tuple[str, float]], slices: Sequence[Sequence[int]], seed: int = 20260301
) -> list[Difference]:
    """The change of the mean score in each slice.

    ``changes`` are (cluster, score after - score before) per paired sample; a slice is the places
    of its samples. Clusters (prompts) are drawn with replacement, since the samples within one are
    no independent evidence; all slices share the draws. The p-value is Student's t of the mean over
    the bootstrap's standard error, with clusters - 1 degrees of freedom, and never below
    2^(1 - clusters): less no test can tell from that many exchangeable signs.
    """
    import numpy as np

    numbers = {name: number for number, name in enumerate(sorted({name for name, _ in changes}))}
    sums = np.zeros((len(numbers), len(slices)))
    counts = np.zeros_like(sums)
    for column, places in enumerate(slices):
        for place in places:
            cluster, change = changes[place]
            sums[numbers[cluster], column] += change
            counts[numbers[cluster], column] += 1
    draws = np.random.default_rng(seed).multinomial(
        len(numbers), np.full(len(numbers), 1 / len(numbers)), size=ROUNDS
    )
    drawn_sums, drawn_counts = draws @ sums, draws @ counts
    found = []
    for column in range(len(slices)):
        present = drawn_counts[:, column] > 0
        means = drawn_sums[present, column] / drawn_counts[present, column]
        clusters = int((counts[:, column] > 0).sum())
        mean = float(sums[:, column].sum() / counts[:, column].sum())
        error = float(means.std(ddof=1)) * sqrt(clusters / max(1, clusters - 1))
        lower, upper = (float(limit) for limit in np.quantile(means, (0.025, 0.975)))
        found.append(Difference(mean, lower, upper, _p_value(mean, error, clusters)))
    return found


def _p_value(mean: float, error: float, clusters: int) -> float:
    if clusters < 2 or abs(mean) < _EPSILON:
        return 1.0
    statistic = abs(mean) / error if error > _EPSILON else inf
    return min(1.0, max(student_t(statistic, clusters - 1), 2.0 ** (1 - clusters)))


def student_t(statistic: float, freedom: int) -> float:
    """Two-sided p-value of Student's t (regularised incomplete beta, as in Numerical Recipes)."""
    if statistic == inf:
        return 0.0
    x, a, b = freedom / (freedom + statistic**2), freedom / 2, 0.5
    if x >= 1:
        return 1.0
    front = exp(
        lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x) if x > 0 else -inf
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 300):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value


def _away(value: float) -> float:
    """Keep away from a division by zero."""
    return value if abs(value) > 1e-300 else 1e-300
