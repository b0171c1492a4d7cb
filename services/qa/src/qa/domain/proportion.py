"""Interval of a share of right answers."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 percentile of the standard normal distribution."""
Z_999 = 3.0902323061678132
"""The 99.9 percentile: for what is asked about many people."""


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval (JASA 22, 1927), 95 % by default; nothing tried is nothing known.

    45 of 50 → (.786, .957); 0 of 0 → (0, 1).
    """
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, z * z
    center = share + square / (2 * trials)
    margin = z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (center - margin) / scale), min(1.0, (center + margin) / scale)
