"""Coefficients of agreement over resampled units, and Cohen's over two annotators' table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.domain.agreement.resamples import Coefficient, Floats, Resamples
from qa.domain.agreement.scales import Scale

if TYPE_CHECKING:
    from qa.domain.agreement.coincidences import Pattern

Weights = Callable[[str, str], float]
"""How much two values agree: 1 for equal ones, 0 for unlike ones, or something between."""


def krippendorff_alpha(scale: Scale) -> Coefficient:
    """1 - observed / expected disagreement on a scale."""

    def coefficient(resamples: Resamples) -> Floats:
        observed, expected = scale.resampled(resamples)
        labels = resamples.sum(resamples.sizes)
        return 1 - (labels - 1) * _divide(observed, expected)

    return coefficient


def percent_agreement(resamples: Resamples) -> Floats:
    """The share of pairs of labels that are alike, averaged over units."""
    return _mean(resamples, _agreements(resamples, _identical))


def fleiss_kappa(resamples: Resamples) -> Floats:
    """Fleiss' kappa (1971); with unequal numbers of labels every unit counts alike."""
    shares = _shares(resamples)
    return _beyond(percent_agreement(resamples), (shares**2).sum(axis=1))


def gwet_ac(categories: Sequence[str], weights: Weights | None = None) -> Coefficient:
    """Gwet's AC1 over the categories there are, or AC2 with weights (BJMSP 61, 2008).

    Its chance agreement stays sane where one category prevails and kappa's does not.
    """
    weigh = weights or _identical

    def coefficient(resamples: Resamples) -> Floats:
        choices = sorted({*categories, *resamples.values})
        total = sum(weigh(one, other) for one in choices for other in choices)
        shares = _shares(resamples)
        doubt = (shares * (1 - shares)).sum(axis=1)
        chance = total / (len(choices) * max(1, len(choices) - 1)) * doubt
        return _beyond(_mean(resamples, _agreements(resamples, weigh)), chance)

    return coefficient


def quadratic_weights(levels: Sequence[str]) -> Weights:
    """1 - the squared share of the scale that lies between two levels."""
    places = {level: place for place, level in enumerate(levels)}
    width = max(1, len(levels) - 1)

    def weigh(one: str, other: str) -> float:
        apart = places.get(one, width) - places.get(other, width)
        return (
            1 - (apart / width) ** 2 if one in places and other in places else float(one == other)
        )

    return weigh


def cohen_kappa(
    table: Mapping[tuple[str, str], int], weights: Weights | None = None
) -> float | None:
    """Kappa of two annotators (Cohen 1960), weighted with ``weights`` (1968).

    ``table`` says how often the first gave one value and the second another. None where chance
    alone would agree entirely, or nothing is there.
    """
    weigh = weights or _identical
    total = sum(table.values())
    if not total:
        return None
    first: dict[str, int] = {}
    second: dict[str, int] = {}
    for (one, other), number in table.items():
        first[one] = first.get(one, 0) + number
        second[other] = second.get(other, 0) + number
    agreed = sum(number * weigh(*pair) for pair, number in table.items()) / total
    chance = sum(
        ones * others * weigh(one, other)
        for one, ones in first.items()
        for other, others in second.items()
    ) / (total * total)
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def _identical(one: str, other: str) -> float:
    return float(one == other)


def _agreements(resamples: Resamples, weigh: Weights) -> list[float]:
    """Per pattern, how much its ordered pairs of labels agree on average."""
    return [_agreement(pattern, size, weigh) for pattern, size in _sized(resamples)]


def _agreement(pattern: Pattern, size: int, weigh: Weights) -> float:
    agreed = sum(
        ones * (others - (one == other)) * weigh(one, other)
        for one, ones in pattern
        for other, others in pattern
    )
    return agreed / (size * (size - 1))


def _sized(resamples: Resamples) -> list[tuple[Pattern, int]]:
    return list(zip(resamples.patterns, resamples.sizes, strict=True))


def _mean(resamples: Resamples, per_pattern: Sequence[float]) -> Floats:
    mean: Floats = resamples.sum(per_pattern) / resamples.weights.sum(axis=1)
    return mean


def _shares(resamples: Resamples) -> Floats:
    """How often each value is given, every unit counting alike."""
    import numpy as np

    per_unit = resamples.counts / np.asarray(resamples.sizes)[:, None]
    shares: Floats = resamples.sum(per_unit) / resamples.weights.sum(axis=1)[:, None]
    return shares


def _beyond(agreed: Floats, chance: Floats) -> Floats:
    return _divide(agreed - chance, 1 - chance)


def _divide(above: Floats, below: Floats) -> Floats:
    """The quotient; NaN where nothing varies, up to the noise of adding shares up."""
    import numpy as np

    empty = np.abs(below) < 1e-12
    quotient: Floats = np.where(empty, np.nan, above / np.where(empty, 1.0, below))
    return quotient
