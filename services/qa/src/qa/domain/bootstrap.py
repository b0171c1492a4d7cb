"""A percentile bootstrap of Krippendorff's alpha over units, fast without numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random

RESAMPLES = 1000
TAIL = 0.025


def alpha_interval(
    patterns: Mapping[tuple[tuple[str, int], ...], int], seed: str
) -> tuple[float | None, float | None]:
    """The 2.5 and 97.5 percentiles of nominal alpha when whole units are drawn with replacement.

    Units that show the same pattern of labels are exchangeable, so a resample is one multinomial
    draw over the patterns: its cost grows with the kinds of units, hardly with their number.

    A resample in which all labels are alike has no alpha. It counts as possibly the lowest and
    possibly the highest: a bound that falls among such resamples is None, so that an interval
    that hangs on one odd unit does not look narrow.
    """
    ordered = sorted(patterns.items(), key=lambda entry: (-entry[1], entry[0]))
    values = {value: i for i, value in enumerate({v for p, _ in ordered for v, _ in p})}
    sizes = [sum(n for _, n in pattern) for pattern, _ in ordered]
    unlike = [
        (size * size - sum(n * n for _, n in pattern)) / (size - 1)
        for size, (pattern, _) in zip(sizes, ordered, strict=True)
    ]
    margins = [[(values[value], n) for value, n in pattern] for pattern, _ in ordered]
    random = Random(seed)
    weights = [units for _, units in ordered]
    alphas = []
    for _ in range(RESAMPLES):
        labels, observed, totals = 0, 0.0, [0] * len(values)
        for index, units in multinomial(weights, random):
            labels += units * sizes[index]
            observed += units * unlike[index]
            for value, number in margins[index]:
                totals[value] += units * number
        expected = labels * labels - sum(total * total for total in totals)
        if expected:
            alphas.append(1 - (labels - 1) * observed / expected)
    alphas.sort()
    rank = int(TAIL * RESAMPLES)
    undefined = RESAMPLES - len(alphas)
    if undefined > rank:
        return None, None
    return alphas[rank - undefined], alphas[len(alphas) - 1 - rank + undefined]


def multinomial(weights: Sequence[int], random: Random) -> Iterator[tuple[int, int]]:
    """As many draws as the weights sum up to: (index, how often), zero counts left out."""
    draws = left = sum(weights)
    for index, weight in enumerate(weights):
        if not draws:
            return
        number = binomial(draws, weight, left, random)
        left -= weight
        draws -= number
        if number:
            yield index, number


def binomial(trials: int, numerator: int, denominator: int, random: Random) -> int:
    """How many of the trials succeed, each with probability numerator / denominator; exact.

    Each trial compares a uniform number with the probability, bit by bit from the top, all
    undecided trials at once: the first bit that differs decides. Half of them are decided by
    every bit, so about 2 × trials random bits are drawn in about log2(trials) steps.
    """
    if numerator >= denominator:
        return trials
    successes = 0
    while trials and numerator:
        ones = random.getrandbits(trials).bit_count()
        numerator *= 2
        if numerator >= denominator:
            numerator -= denominator
            successes += trials - ones
            trials = ones
        else:
            trials -= ones
    return successes
