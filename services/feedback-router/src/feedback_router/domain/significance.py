"""Whether a change is more than chance, and whether many of them are."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, erfc, sqrt

from feedback_router.domain.association import fisher_exact

_FEW = 5


def mcnemar_two_sided(lost: int, gained: int) -> float:
    """P-value of McNemar's exact test on the discordant pairs, either direction.

    Twice the smaller binomial tail, at most 1 (McNemar 1947; exact form as in statsmodels).
    """
    return min(1.0, 2 * _tail(max(lost, gained), lost + gained))


def mcnemar_improvement(lost: int, gained: int) -> float:
    """One-sided p-value: how often chance alone gains this many of the discordant pairs."""
    return _tail(gained, lost + gained)


def _tail(successes: int, trials: int) -> float:
    """P(X >= successes) of a fair coin, in exact integers."""
    term = comb(trials, successes)
    favourable = 0
    for k in range(successes, trials + 1):
        favourable += term
        term = term * (trials - k) // (k + 1)
    return favourable / (1 << trials)


def two_proportion(passed_before: int, before: int, passed_after: int, after: int) -> float:
    """Two-sided p-value of a difference of two independent proportions.

    The z-test with the pooled rate (statsmodels ``proportions_ztest``); Fisher's exact test where
    fewer than five passes or failures are expected on a side and the normal law is no guide.
    """
    passed, total = passed_before + passed_after, before + after
    if min(passed, total - passed) * min(before, after) < _FEW * total:
        return fisher_exact(
            passed_before, before - passed_before, passed_after, after - passed_after
        )
    rate = passed / total
    error = sqrt(rate * (1 - rate) * (1 / before + 1 / after))
    return erfc(abs(passed_after / after - passed_before / before) / error / sqrt(2))


def benjamini_hochberg(
    p_values: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """Adjusted p-values (q-values) in the order given; the expected share of false discoveries.

    Benjamini & Hochberg 1995, step-up: the smallest ``p * m / rank`` of this rank or a later one.
    ``weights``, fixed in advance and 1 on average, say where discoveries are looked for first:
    each p-value is divided by its own (Genovese, Roeder & Wasserman 2006).
    """
    if weights is not None:
        p_values = [p / weight for p, weight in zip(p_values, weights, strict=True)]
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    q_values = [1.0] * len(p_values)
    smallest = 1.0
    for rank in range(len(order), 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * len(order) / rank)
        q_values[index] = smallest
    return q_values


def benjamini_yekutieli(
    p_values: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """The same under any dependence: a further factor of 1 + 1/2 + … + 1/m (2001)."""
    factor = sum(1 / rank for rank in range(1, len(p_values) + 1))
    return [min(1.0, q_value * factor) for q_value in benjamini_hochberg(p_values, weights)]
