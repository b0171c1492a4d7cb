"""The release gate: what a batch has to show before it ships."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.events.quality import Agreement, GateCheck
from qa.domain.floor import hold_against
from qa.domain.golden import UNACCEPTABLE
from qa.domain.proportion import wilson_interval

LABEL_COVERAGE_FLOOR = 0.8
"""Share of a batch's items that must reach a consensus.

The others wait for review and do not ship; if they are many, what does ship is the easy part.
"""

_MUST_PASS = frozenset({"agreement", "label_coverage"})


def check_agreement(agreement: Agreement, floor: float) -> GateCheck:
    """Alpha's lower bound against the project's floor."""
    return GateCheck(
        name="agreement",
        verdict=hold_against(floor, agreement.lower, agreement.upper),
        figure=agreement.lower,
        floor=floor,
        detail=_agreement_detail(agreement),
    )


def _agreement_detail(agreement: Agreement) -> str:
    if agreement.reason == "no_overlap":
        return "no item has two trusted labels"
    if agreement.reason == "no_variation":
        return f"all {agreement.labels} labels are alike: alpha does not exist"
    over = f"alpha {agreement.value:.3f} over {agreement.units} items"
    if agreement.lower is None:
        return f"{over}; too little variation for an interval"
    return f"{over}, 95 % interval [{agreement.lower:.3f}, {agreement.upper:.3f}]"


def check_golden_accuracy(correct: int, total: int) -> GateCheck:
    """Trusted labels of the batch's golden items against the share that is worth nothing."""
    lower, upper = wilson_interval(correct, total)
    return GateCheck(
        name="golden_accuracy",
        verdict=hold_against(UNACCEPTABLE, lower, upper),
        figure=correct / total if total else None,
        floor=UNACCEPTABLE,
        detail=f"{correct} of {total} right, 95 % interval [{lower:.3f}, {upper:.3f}]",
    )


def check_label_coverage(decided: int, items: int) -> GateCheck:
    """Items with a consensus of trusted labels, of all items of the batch."""
    share = decided / items if items else None
    return GateCheck(
        name="label_coverage",
        verdict="passed" if share is not None and share >= LABEL_COVERAGE_FLOOR else "failed",
        figure=share,
        floor=LABEL_COVERAGE_FLOOR,
        detail=f"{decided} of {items} items have a consensus of trusted labels",
    )


def opens(checks: Sequence[GateCheck]) -> bool:
    """Whether the batch ships.

    Agreement and coverage must have passed. Golden accuracy must not have failed: a batch holds
    too few golden items to prove a rate by itself, and every annotator stands under a test that
    adds them up over batches.
    """
    passed = {check.name for check in checks if check.verdict == "passed"}
    return passed >= _MUST_PASS and all(check.verdict != "failed" for check in checks)
