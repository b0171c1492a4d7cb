"""Whether a change is more than chance: McNemar's exact test, Fisher's exact test, BH."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, exp, lgamma

_RELATIVE_ERROR = 1e-7


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


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (q-values) in the order given; the expected share of false discoveries.

    Benjamini & Hochberg 1995, step-up: the smallest ``p * m / rank`` of this rank or a later one.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    q_values = [1.0] * len(p_values)
    smallest = 1.0
    for rank in range(len(order), 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * len(order) / rank)
        q_values[index] = smallest
    return q_values


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p-value of Fisher's exact test on ``[[a, b], [c, d]]``.

    Sums every table with the same margins that is no likelier than the one seen (R, scipy).
    """
    row, column, total = a + b, a + c, a + b + c + d
    logs = {
        k: _log_comb(row, k) + _log_comb(total - row, column - k) - _log_comb(total, column)
        for k in range(max(0, row + column - total), min(row, column) + 1)
    }
    limit = logs[a] + _RELATIVE_ERROR
    return min(1.0, sum(exp(value) for value in logs.values() if value <= limit))


def odds_ratio(a: int, b: int, c: int, d: int) -> float:
    """Sample odds ratio of ``[[a, b], [c, d]]``.

    With an empty cell it is infinite or undefined; half an observation is then added to each
    (Haldane-Anscombe).
    """
    half = 0.5 if 0 in (a, b, c, d) else 0.0
    return (a + half) * (d + half) / ((b + half) * (c + half))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
