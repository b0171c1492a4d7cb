"""Annotators against golden items: Wald's sequential probability ratio test, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

ACCEPTABLE = 0.95
"""p0: the share of golden items that a good annotator answers right."""
UNACCEPTABLE = 0.85
"""p1: the share at which an annotator's labels are worth nothing to us."""
FALSE_SUSPENSION = 0.05
"""alpha: how often an acceptable annotator may be suspended."""
FALSE_QUALIFICATION = 0.10
"""beta: how often an unacceptable one may be qualified."""
CALIBRATIONS = 3
"""How often a suspended annotator may try to earn their way back."""

SUSPEND_ABOVE = log((1 - FALSE_QUALIFICATION) / FALSE_SUSPENSION)
QUALIFY_BELOW = log(FALSE_QUALIFICATION / (1 - FALSE_SUSPENSION))
REINSTATE_BELOW = log(FALSE_QUALIFICATION / CALIBRATIONS)
"""beta is shared out over all calibrations, so that trying again does not wear it down.

An unacceptable annotator crosses a bound b with a chance of at most exp(b) (Ville), so this holds
exactly, where Wald's bounds neglect how far a step overshoots.
"""
STEP_WRONG = log((1 - UNACCEPTABLE) / (1 - ACCEPTABLE))
STEP_RIGHT = log(UNACCEPTABLE / ACCEPTABLE)

Status = Literal["in_trial", "suspended", "qualified"]


@dataclass(frozen=True)
class Standing:
    """Where an annotator stands after all golden items known to be answered.

    ``log_likelihood_ratio`` is that of the test under way, or of the one that decided.
    ``reinstated_by`` is the answer (its index) that ended the last suspension: of labels given
    until then none counts.
    """

    golden_correct: int
    golden_total: int
    log_likelihood_ratio: float
    status: Status
    reinstated_by: int | None = None


def judge_annotator(answers: Sequence[bool]) -> Standing:
    """Walk the answers (right or wrong) in the order they were given.

    The test ends where a bound is first crossed and its decision stands, which is what keeps the
    error rates (A. Wald, Sequential Tests of Statistical Hypotheses, 1945). After a suspension
    every further golden answer is calibration: a test of its own with a stricter bound to pass,
    at most `CALIBRATIONS` times. Whoever passed is qualified; later answers count in the totals.
    """
    ratio = 0.0
    status: Status = "in_trial"
    calibrations = 0
    reinstated_by = None
    for index, right in enumerate(answers):
        step = STEP_RIGHT if right else STEP_WRONG
        if status == "in_trial":
            ratio += step
            if ratio >= SUSPEND_ABOVE:
                status = "suspended"
            elif ratio <= QUALIFY_BELOW:
                status = "qualified"
        elif status == "suspended" and calibrations < CALIBRATIONS:
            ratio = step if ratio >= SUSPEND_ABOVE else ratio + step
            if ratio >= SUSPEND_ABOVE:
                calibrations += 1
            elif ratio <= REINSTATE_BELOW:
                status, reinstated_by = "qualified", index
    return Standing(sum(answers), len(answers), ratio, status, reinstated_by)
