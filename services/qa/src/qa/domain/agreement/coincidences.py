"""Krippendorff's alpha for nominal labels, kept up to date label by label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

from aidataops.events.quality import Agreement
from qa.domain.bootstrap import alpha_interval

Pattern = tuple[tuple[str, int], ...]
"""How often each value was given to one unit, sorted by value: ``(("no", 1), ("yes", 2))``."""


class CoincidenceMatrix:
    """The coincidence matrix of labelled units, reduced to what nominal alpha reads of it.

    Of the matrix o(c, k) alpha needs the mass off the diagonal and the margins only. The mass is
    kept as whole numbers of ordered unlike pairs per unit size m (a unit's pairs weigh 1/(m-1)),
    so that nothing drifts: after any sequence of changes alpha equals a recompute. Adding,
    changing or withdrawing one label costs O(categories); reading alpha costs O(unit sizes).

    Units with fewer than two labels are not pairable and count nowhere, as Krippendorff has it
    (Content Analysis, 4th ed., ch. 12).
    """

    def __init__(self) -> None:
        self._values: dict[str, dict[str, int]] = {}
        self._patterns: Counter[Pattern] = Counter()
        self._unlike: defaultdict[int, int] = defaultdict(int)
        self._margins: defaultdict[str, int] = defaultdict(int)
        self._squared_margins = 0
        self.labels = 0
        """Pairable labels: the n of the formulas."""
        self.units = 0
        """Pairable units."""

    @property
    def patterns(self) -> Mapping[Pattern, int]:
        """Pattern → number of pairable units that show it: all that the bootstrap needs."""
        return self._patterns

    @property
    def reason(self) -> Literal["no_variation", "no_overlap"] | None:
        """Why alpha does not exist: nothing is pairable, or chance alone would agree entirely."""
        if self.units == 0:
            return "no_overlap"
        if self._squared_margins == self.labels**2:
            return "no_variation"
        return None

    @property
    def alpha(self) -> float | None:
        """1 - observed / expected disagreement, or None for a ``reason``."""
        if self.reason is not None:
            return None
        observed = sum(pairs / (size - 1) for size, pairs in self._unlike.items())
        expected = self.labels**2 - self._squared_margins
        return 1 - (self.labels - 1) * observed / expected

    def add(self, unit: str, value: str) -> None:
        """Take in one label of a unit."""
        values = self._values.setdefault(unit, {})
        self._count(values, -1)
        values[value] = values.get(value, 0) + 1
        self._count(values, 1)

    def withdraw(self, unit: str, value: str) -> None:
        """Take one label of a unit back; KeyError when the unit has no such label."""
        values = self._values[unit]
        remaining = values[value] - 1
        self._count(values, -1)
        if remaining:
            values[value] = remaining
        else:
            del values[value]
        self._count(values, 1)

    def change(self, unit: str, before: str, after: str) -> None:
        """Replace one label of a unit; KeyError when the unit has no label ``before``."""
        self.withdraw(unit, before)
        self.add(unit, after)

    def add_units(self, pattern: Pattern, units: int) -> None:
        """Take in whole units that were summed up elsewhere, e.g. per batch."""
        self._count(dict(pattern), units)

    def _count(self, values: Mapping[str, int], times: int) -> None:
        size = sum(values.values())
        if size < 2:
            return
        pattern = tuple(sorted(values.items()))
        self._patterns[pattern] += times
        if not self._patterns[pattern]:
            del self._patterns[pattern]
        self._unlike[size] += times * (size * size - sum(n * n for n in values.values()))
        self.units += times
        self.labels += times * size
        for value, number in values.items():
            before = self._margins[value]
            after = self._margins[value] = before + times * number
            self._squared_margins += after * after - before * before


def measure_agreement(matrix: CoincidenceMatrix, *, annotators: int, seed: str) -> Agreement:
    """Alpha with its 95 % interval; the same labels and the same seed give the same figures."""
    lower, upper = (None, None) if matrix.reason else alpha_interval(matrix.patterns, seed)
    return Agreement(
        value=matrix.alpha,
        lower=lower,
        upper=upper,
        reason=matrix.reason,
        units=matrix.units,
        labels=matrix.labels,
        annotators=annotators,
    )
