"""How large a change of a pass rate is, with its uncertainty."""

from __future__ import annotations

from math import sqrt

from feedback_router.domain.outcomes import PairedCounts

Z = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: 95 % two-sided."""


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion; ``trials`` is at least 1."""
    rate = successes / trials
    centre = rate + Z**2 / (2 * trials)
    spread = Z * sqrt(rate * (1 - rate) / trials + Z**2 / (4 * trials**2))
    scale = 1 + Z**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def newcombe_paired(counts: PairedCounts) -> tuple[float, float]:
    """95 % interval of the paired difference ``rate after - rate before``.

    Newcombe 1998, Statistics in Medicine 17:2635-2650, method 10: square-and-add of the Wilson
    limits with a continuity-corrected correlation. Keeps its coverage at 25 pairs and at rates of
    0 and 1, where Wald's interval collapses.
    """
    n = counts.pairs
    before, after = counts.passed_before / n, counts.passed_after / n
    before_low, before_high = wilson(counts.passed_before, n)
    after_low, after_high = wilson(counts.passed_after, n)
    phi = _correlation(counts)
    down, up = after - after_low, before_high - before
    lower = (after - before) - sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    up, down = after_high - after, before - before_low
    upper = (after - before) + sqrt(max(0.0, up**2 - 2 * phi * up * down + down**2))
    return max(-1.0, lower), min(1.0, upper)


def _correlation(counts: PairedCounts) -> float:
    both = counts.passed_before - counts.lost
    neither = counts.pairs - both - counts.lost - counts.gained
    product = (
        counts.passed_before
        * (counts.pairs - counts.passed_before)
        * counts.passed_after
        * (counts.pairs - counts.passed_after)
    )
    if product == 0:
        return 0.0
    excess = both * neither - counts.lost * counts.gained
    corrected = max(excess - counts.pairs / 2, 0.0) if excess > 0 else float(excess)
    return corrected / sqrt(product)
