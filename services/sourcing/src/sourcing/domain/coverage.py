"""How the accepted items of a project spread over its slices."""

from __future__ import annotations

from collections.abc import Iterable

from aidataops.events.base import Slices
from aidataops.events.sourcing import CoverageMeasured, SliceShare

MAXIMUM_SLICES = 1000
"""The largest slices that one measurement lists; it has to fit into one record."""


def measure_coverage(project: str, counts: Iterable[tuple[Slices, int]]) -> CoverageMeasured:
    """Shares of the pool per combination of slices, the largest first.

    Without production weights nothing can be said about representation: PSI and Jensen-Shannon
    divergence are null, not 0.
    """
    ranked = sorted(counts, key=lambda count: (-count[1], sorted(count[0].items())))
    total = sum(items for _, items in ranked)
    return CoverageMeasured(
        project=project,
        items=total,
        shares=tuple(
            SliceShare(slices=slices, items=items, share=items / total)
            for slices, items in ranked[:MAXIMUM_SLICES]
        ),
    )
