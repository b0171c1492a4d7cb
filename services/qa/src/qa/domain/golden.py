"""Annotators against golden items: Wald's sequential probability ratio test."""

from __future__ import annotations

from collections.abc import Iterable
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

SUSPEND_ABOVE = log((1 - FALSE_QUALIFICATION) / FALSE_SUSPENSION)
QUALIFY_BELOW = log(FALSE_QUALIFICATION / (1 - FALSE_SUSPENSION))
STEP_WRONG = log((1 - UNACCEPTABLE) / (1 - ACCEPTABLE))
STEP_RIGHT = log(UNACCEPTABLE / ACCEPTABLE)

Status = Literal["in_trial", "suspended", "qualified"]


@dataclass(frozen=True)
class Standing:
    """Where an annotator stands after all golden items known to be answered."""

    golden_correct: int
    golden_total: int
    log_likelihood_ratio: float
    status: Status


def judge_annotator(answers: Iterable[bool]) -> Standing:
    """Walk the answers (right or wrong) in the order they were given.

    The test ends where a bound is first crossed and its decision stands, which is what keeps the
    error rates: later answers count in the totals, no longer in the ratio. (A. Wald, Sequential
    Tests of Statistical Hypotheses, 1945.)
    """
    correct = total = 0
    ratio = 0.0
    status: Status = "in_trial"
    for right in answers:
        total += 1
        correct += right
        if status == "in_trial":
            ratio += STEP_RIGHT if right else STEP_WRONG
            if ratio >= SUSPEND_ABOVE:
                status = "suspended"
            elif ratio <= QUALIFY_BELOW:
                status = "qualified"
    return Standing(correct, total, ratio, status)
