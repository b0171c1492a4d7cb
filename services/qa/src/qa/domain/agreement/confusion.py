"""Which pairs of values cost most agreement: they are the guideline's bugs."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.agreement.scales import Scale


@dataclass(frozen=True)
class Confusion:
    """Two values, in ascending order, that are taken for each other.

    ``share`` is their part of all observed disagreement, ``cost`` the alpha that they take away.
    """

    values: tuple[str, str]
    share: float
    cost: float


def costliest_confusions(
    matrix: CoincidenceMatrix, scale: Scale, most: int = 5
) -> tuple[Confusion, ...]:
    """The pairs that cost most, costliest first; none where alpha does not exist."""
    expected = scale.expected(matrix.margins)
    disagreements = matrix.disagreements(scale)
    total = fsum(disagreements.values())
    if not expected or not total:
        return ()
    ordered = sorted(disagreements.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(
        Confusion(pair, mass / total, (matrix.labels - 1) * mass / expected)
        for pair, mass in ordered[:most]
    )
