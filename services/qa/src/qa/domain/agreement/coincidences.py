"""The coincidence matrix of labelled units, kept up to date label by label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from math import fsum
from typing import Literal, TypeVar

from qa.domain.agreement.scales import NOMINAL, Scale

K = TypeVar("K")

Pattern = tuple[tuple[str, int], ...]
"""How often each value was given to one unit, sorted by value: ``(("no", 1), ("yes", 2))``."""


class CoincidenceMatrix:
    """Who-said-what-beside-what over units, as Krippendorff's alpha reads it.

    A unit with m labels adds each of its ordered pairs of labels with the weight 1/(m-1). The
    pairs of unlike values are kept as whole numbers per unit size m, the margins beside them, so
    that nothing drifts: after any sequence of changes alpha equals a recompute, to the last digit.
    Adding, changing or withdrawing one label costs O(values in its unit), reading alpha
    O(categories²).

    Units with fewer than two labels are not pairable and count nowhere, as Krippendorff has it
    (Content Analysis, 4th ed., ch. 12).
    """

    def __init__(self) -> None:
        self._shown: dict[str, Pattern] = {}
        self._patterns: dict[Pattern, int] = {}
        self._unlike: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
        self._margins: dict[str, int] = {}
        self.labels = 0
        """Pairable labels: the n of the formulas."""
        self.units = 0
        """Pairable units."""

    @classmethod
    def of(cls, patterns: Mapping[Pattern, int]) -> CoincidenceMatrix:
        """The matrix of units that were summed up elsewhere."""
        matrix = cls()
        for pattern, units in patterns.items():
            matrix.add_units(pattern, units)
        return matrix

    @property
    def patterns(self) -> Mapping[Pattern, int]:
        """Pattern → number of pairable units that show it: all that the bootstrap needs."""
        return self._patterns

    @property
    def margins(self) -> Mapping[str, int]:
        """Value → pairable labels that carry it."""
        return self._margins

    @property
    def reason(self) -> Literal["no_variation", "no_overlap"] | None:
        """Why alpha does not exist: nothing is pairable, or chance alone would agree entirely."""
        if self.units == 0:
            return "no_overlap"
        return "no_variation" if len(self._margins) == 1 else None

    def alpha(self, scale: Scale = NOMINAL) -> float | None:
        """1 - observed / expected disagreement on a scale, or None for a ``reason``."""
        expected = scale.expected(self._margins)
        if not expected:
            return None
        observed = scale.observed(self._unlike, self._margins)
        return 1 - (self.labels - 1) * observed / expected

    def disagreements(self, scale: Scale = NOMINAL) -> dict[tuple[str, str], float]:
        """Unlike pair of values → the observed disagreement that it is to blame for."""
        difference = scale.difference(self._margins)
        masses: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for size, pairs in self._unlike.items():
            for pair, number in pairs.items():
                masses[pair].append(2 * number / (size - 1))
        return {pair: fsum(mass) * difference(*pair) for pair, mass in masses.items()}

    def add(self, unit: str, value: str) -> None:
        """Take in one label of a unit."""
        before = self._shown.get(unit, ())
        labels = dict(before)
        labels[value] = labels.get(value, 0) + 1
        self._show(unit, before, labels)

    def withdraw(self, unit: str, value: str) -> None:
        """Take one label of a unit back; KeyError when the unit has no such label."""
        before = self._shown[unit]
        labels = dict(before)
        labels[value] -= 1
        if not labels[value]:
            del labels[value]
        self._show(unit, before, labels)

    def change(self, unit: str, before: str, after: str) -> None:
        """Replace one label of a unit; KeyError when the unit has no label ``before``."""
        self.withdraw(unit, before)
        self.add(unit, after)

    def add_units(self, pattern: Pattern, units: int) -> None:
        """Take in whole units that were summed up elsewhere, e.g. per batch."""
        self._count(pattern, units)

    def _show(self, unit: str, before: Pattern, labels: Mapping[str, int]) -> None:
        after = self._shown[unit] = tuple(sorted(labels.items()))
        self._count(before, -1)
        self._count(after, 1)

    def _count(self, pattern: Pattern, times: int) -> None:
        size = 0
        for _, number in pattern:
            size += number
        if size < 2:
            return
        _add(self._patterns, pattern, times)
        if len(pattern) > 1:
            unlike = self._unlike[size]
            for (one, ones), (other, others) in combinations(pattern, 2):
                _add(unlike, (one, other), times * ones * others)
        for value, number in pattern:
            _add(self._margins, value, times * number)
        self.units += times
        self.labels += times * size


def _add(counts: dict[K, int], key: K, number: int) -> None:
    left = counts.get(key, 0) + number
    if left:
        counts[key] = left
    else:
        counts.pop(key, None)
