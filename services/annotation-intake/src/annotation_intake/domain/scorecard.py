"""How good an annotator or a vendor is, from golden items and from what became of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log, sqrt

RIGHT = log(0.85 / 0.95)
"""What a right answer adds to the log likelihood ratio of p1 = .85 to p0 = .95 (Wald 1945)."""
WRONG = log(0.15 / 0.05)
QUALIFIED = log(0.10 / (1 - 0.05))
"""At or below it an annotator is as good as p0, with β = .10: -2.251, 21 right answers in a row."""
FAILED = log((1 - 0.10) / 0.05)
"""At or above it they are as bad as p1, with α = .05: 2.890."""
VALIDITY = timedelta(days=90)
"""How long a qualification holds after the answer that earned it."""
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a golden item."""

    answered_at: datetime
    label_id: str
    correct: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an annotator stands after their answers; ``expires_at`` is set once they qualified."""

    correct: int
    total: int
    log_likelihood_ratio: float
    expires_at: datetime | None
    failed: bool


def qualify(answers: Sequence[Answer]) -> Standing:
    """Wald's test over the answers in the order given; it begins anew whenever it has decided.

    Who passes is qualified until `VALIDITY` after that answer, and longer by passing again; who
    fails is not, until they pass. The figures are of the test that decided last, or is under way.
    """
    correct = total = 0
    ratio, figures = 0.0, (0, 0, 0.0)
    expires_at, failed = None, False
    for one in sorted(answers, key=lambda one: (one.answered_at, one.label_id)):
        correct, total = correct + one.correct, total + 1
        ratio += RIGHT if one.correct else WRONG
        figures = (correct, total, ratio)
        if QUALIFIED < ratio < FAILED:
            continue
        failed = ratio >= FAILED
        expires_at = None if failed else one.answered_at + VALIDITY
        correct = total = 0
        ratio = 0.0
    return Standing(*figures, expires_at, failed)


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval (JASA 22, 1927): 45 of 50 → (.786, .957); (0, 1) for no trials."""
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, _Z_95 * _Z_95
    center = share + square / (2 * trials)
    margin = _Z_95 * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (center - margin) / scale), min(1.0, (center + margin) / scale)
