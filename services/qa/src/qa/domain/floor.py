"""Holding an interval against a floor."""

from __future__ import annotations

from aidataops.events.quality import Verdict


def hold_against(floor: float, lower: float | None, upper: float | None) -> Verdict:
    """Passed when the whole interval reaches the floor, failed when none of it does.

    The lower bound decides, not the estimate: few labels must not pass by luck. A bound that
    does not exist decides nothing.
    """
    if lower is not None and lower >= floor:
        return "passed"
    if upper is not None and upper < floor:
        return "failed"
    return "inconclusive"
