"""Annotators whom somebody should look at: labels that say nothing, that are shared, or known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median

from qa.domain.agreement.coefficients import cohen_kappa
from qa.domain.proportion import Z_95, Z_999, wilson_interval

Answers = Mapping[tuple[str, str, str], int]
"""(``golden`` or ``peers``, what is held to be true, what was said) → how often."""
PairAnswers = Mapping[tuple[str | None, str, str], int]
"""(What is held to be true, what the first said, what the second said) → how often."""

ENOUGH_ANSWERS = 20
NO_INFORMATION = 0.2
"""Kappa with what is true that somebody's labels must be able to reach ("slight" agreement)."""
ENOUGH_DEVIATIONS = 10
ERRING_TOGETHER = 0.5
"""Share of deviations from the truth that two people share, which independent ones stay far below:
with accuracies of .8 it is .11, even if they always err the same way."""
ENOUGH_GOLDEN = 10
SUSPICIOUS_LEAD = 0.2
"""How much better golden items are answered than others, at the least."""
ENOUGH_TIMES = 5
SUSPICIOUS_HASTE = 0.5
"""Golden items answered in half the time of others."""


@dataclass(frozen=True)
class Flag:
    """What is suspected, with its figures."""

    name: str
    detail: str
    evidence: Mapping[str, float] = field(default_factory=dict)


def flag_annotator(
    answers: Answers, golden_seconds: Sequence[float], other_seconds: Sequence[float]
) -> list[Flag]:
    """What one annotator's answers, and the seconds that they took, give reason to suspect."""
    found = (
        _no_information(answers),
        _knows_golden_items(answers),
        _hurries_golden_items(golden_seconds, other_seconds),
    )
    return [flag for flag in found if flag is not None]


def flag_pair(answers: PairAnswers) -> Flag | None:
    """Whether two annotators err together: where one deviates from the truth, so does the other,
    in the same way.

    Truth is the known answer, or what all others (two at least) say; the two have no say in it.
    """
    known = [(pair, number) for pair, number in answers.items() if pair[0] is not None]
    deviations = sum(n for (truth, a, b), n in known if (a, b) != (truth, truth))
    shared = sum(n for (truth, a, b), n in known if a == b != truth)
    lower, _ = wilson_interval(shared, deviations)
    if deviations < ENOUGH_DEVIATIONS or lower <= ERRING_TOGETHER:
        return None
    return Flag(
        "collusion",
        f"of {deviations} items on which one of the two deviates, both say the same on {shared}",
        {"deviations": deviations, "shared": shared, "wilson_lower": lower},
    )


def _no_information(answers: Answers) -> Flag | None:
    table: Counter[tuple[str, str]] = Counter()
    for (_, truth, value), number in answers.items():
        table[truth, value] += number
    total = sum(table.values())
    kappa = cohen_kappa(table)
    if total < ENOUGH_ANSWERS or kappa is None:
        return None
    agreed = sum(n for (truth, value), n in table.items() if truth == value) / total
    chance = (agreed - kappa) / (1 - kappa) if kappa < 1 else 0.0
    upper = kappa + Z_95 * sqrt(agreed * (1 - agreed) / total) / (1 - chance)
    if upper >= NO_INFORMATION:
        return None
    return Flag(
        "no_information",
        f"kappa with what is held to be true is {kappa:.3f}, at most {upper:.3f}",
        {"kappa": kappa, "kappa_upper": upper, "answers": total},
    )


def _knows_golden_items(answers: Answers) -> Flag | None:
    """Golden items are answered far better than others: Newcombe's interval of the difference."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for (source, truth, value), number in answers.items():
        total[source] += number
        right[source] += number * (truth == value)
    if total["golden"] < ENOUGH_GOLDEN or total["peers"] < ENOUGH_ANSWERS:
        return None
    golden, peers = (right[source] / total[source] for source in ("golden", "peers"))
    golden_lower, _ = wilson_interval(right["golden"], total["golden"], Z_999)
    _, peers_upper = wilson_interval(right["peers"], total["peers"], Z_999)
    lead = golden - peers - sqrt((golden - golden_lower) ** 2 + (peers_upper - peers) ** 2)
    if lead <= SUSPICIOUS_LEAD:
        return None
    return Flag(
        "leak_alike",
        f"{golden:.0%} of golden items are right, {peers:.0%} of others: they may be known",
        {"golden_accuracy": golden, "peer_agreement": peers, "lead_lower": lead},
    )


def _hurries_golden_items(golden: Sequence[float], others: Sequence[float]) -> Flag | None:
    """Golden items are answered far faster than others: the rank-sum test, one-sided."""
    if len(golden) < ENOUGH_TIMES or len(others) < ENOUGH_ANSWERS:
        return None
    z = rank_sum(golden, others)
    ratio = median(golden) / (median(others) or 1.0)
    if z > -Z_999 or ratio > SUSPICIOUS_HASTE:
        return None
    return Flag(
        "leak_fast",
        f"golden items take {ratio:.0%} of the time that others take: they may be known",
        {"seconds_ratio": ratio, "rank_sum_z": z},
    )


def rank_sum(first: Sequence[float], second: Sequence[float]) -> float:
    """Wilcoxon's rank sum as a standard normal deviate, with ties; negative: the first is less."""
    tied = Counter([*first, *second])
    ranks, below = {}, 0
    for value in sorted(tied):
        ranks[value] = below + (tied[value] + 1) / 2
        below += tied[value]
    n, m, total = len(first), len(second), len(first) + len(second)
    correction = sum(t**3 - t for t in tied.values()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - correction)
    surplus = sum(ranks[value] for value in first) - n * (total + 1) / 2
    return surplus / sqrt(variance) if variance else 0.0
