"""Interval of a share of right answers."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 percentile of the standard normal distribution."""


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % score interval (JASA 22, 1927); nothing tried is nothing known: (0, 1).

    45 of 50 → (.786, .957).
    """
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, Z_95 * Z_95
    center = share + square / (2 * trials)
    margin = Z_95 * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (center - margin) / scale), min(1.0, (center + margin) / scale)
