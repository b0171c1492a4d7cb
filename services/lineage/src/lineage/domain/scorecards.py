"""What a provider's work was worth, from the statistics that everybody is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

_Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def wilson(correct: int, total: int) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a share; ``None`` of nothing. 45 of 50: .786 to .957."""
    if total == 0:
        return None
    share, spread = correct / total, _Z * _Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / total + spread / total / 4)
    return middle - half, middle + half


def scorecard(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of one vendor with the shares and intervals that make them comparable."""
    labels, annotators = figures["labels"], figures["annotators"]
    correct, total = figures["golden_correct"], figures["golden_total"]
    released, blocked = figures["released"], figures["blocked"]
    return {
        **figures,
        "golden_accuracy": correct / total if total else None,
        "golden_interval": wilson(correct, total),
        "suspended_share": figures["suspended"] / annotators if annotators else None,
        "rework_share": figures["reworked"] / labels if labels else None,
        "release_share": released / (released + blocked) if released + blocked else None,
    }
