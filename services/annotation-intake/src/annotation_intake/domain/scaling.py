"""The scale gate: more people only where those that are there agree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapacityRequest:
    """So many more annotators for a pool."""

    request_id: str
    project: str
    vendor: str
    pool: str
    annotators: int


@dataclass(frozen=True, slots=True)
class ScaleVerdict:
    """Whether a pool may grow; ``reason`` says why not."""

    granted: bool
    agreement_lower: float | None
    floor: float
    reason: str = ""


def judge_growth(*, agreement_lower: float | None, floor: float) -> ScaleVerdict:
    """Hold the agreement's lower bound against the floor; what nobody measured is under it."""
    if agreement_lower is None:
        reason = "no agreement has been measured: measure first, then scale"
        return ScaleVerdict(False, None, floor, reason)
    if agreement_lower < floor:
        reason = (
            f"the agreement's lower bound {agreement_lower:.3f} is under the floor {floor:g}: "
            "mend the guideline first, more people would only make more of what does not agree"
        )
        return ScaleVerdict(False, agreement_lower, floor, reason)
    return ScaleVerdict(True, agreement_lower, floor)
