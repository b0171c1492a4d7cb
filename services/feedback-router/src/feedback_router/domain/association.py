"""How strongly two things go together: odds ratios, Fisher's exact test, Mantel-Haenszel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

from feedback_router.domain.intervals import Z

_RELATIVE_ERROR = 1e-7

Table = tuple[int, int, int, int]
"""``[[a, b], [c, d]]`` row by row."""


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """An odds ratio with its 95 % interval."""

    ratio: float
    lower: float
    upper: float


def woolf(table: Table) -> OddsRatio:
    """Sample odds ratio with Woolf's interval: normal on the log scale (Woolf 1955).

    With an empty cell it is infinite or undefined; half an observation is then added to each
    (Haldane-Anscombe).
    """
    half = 0.5 if 0 in table else 0.0
    a, b, c, d = (cell + half for cell in table)
    return _around(a * d / (b * c), sqrt(1 / a + 1 / b + 1 / c + 1 / d))


def mantel_haenszel(strata: Sequence[Table]) -> OddsRatio | None:
    """The odds ratio common to strata, each compared within itself (Mantel & Haenszel 1959).

    The interval is that of Robins, Breslow & Greenland 1986. ``None`` where no stratum tells:
    a stratum in which one row or column is empty compares nothing.
    """
    along = against = spread_along = mixed = spread_against = 0.0
    for a, b, c, d in strata:
        total = a + b + c + d
        if total == 0:
            continue
        right, left = a * d / total, b * c / total
        agree, differ = (a + d) / total, (b + c) / total
        along += right
        against += left
        spread_along += agree * right
        mixed += agree * left + differ * right
        spread_against += differ * left
    if along == 0 and against == 0:
        return None
    if along == 0 or against == 0:
        return woolf(_sum(strata))
    variance = (
        spread_along / (2 * along**2)
        + mixed / (2 * along * against)
        + spread_against / (2 * against**2)
    )
    return _around(along / against, sqrt(variance))


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


def _around(ratio: float, error: float) -> OddsRatio:
    return OddsRatio(ratio, exp(log(ratio) - Z * error), exp(log(ratio) + Z * error))


def _sum(strata: Sequence[Table]) -> Table:
    a, b, c, d = (sum(column) for column in zip(*strata, strict=True))
    return a, b, c, d


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
