"""Resamples of whole units, and the interval that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.domain.agreement.coincidences import Pattern

Floats: TypeAlias = "NDArray[np.float64]"

RESAMPLES = 1000
TAIL = 0.025
CELLS_AT_ONCE = 4_000_000
"""Numbers held at a time: with many patterns or values, resamples are drawn in smaller lots."""
CELLS_AT_MOST = 20_000_000
"""Patterns × values; above it (free text of a large project) there is no interval."""


class Resamples:
    """Some resamples of units, drawn with replacement.

    Units that show the same pattern of labels are exchangeable, so a resample is one multinomial
    draw over the patterns: its cost grows with the kinds of units, not with their number.
    ``weights`` (resamples × patterns) says how many units of each pattern were drawn.
    """

    def __init__(self, patterns: tuple[Pattern, ...], weights: Floats) -> None:
        self.patterns = patterns
        self.weights = weights
        self.values = sorted({value for pattern in patterns for value, _ in pattern})
        self.sizes = [sum(number for _, number in pattern) for pattern in patterns]

    def sum(self, per_pattern: Any) -> Floats:
        """Σ over the drawn units of a number, or of a row of numbers, per pattern."""
        import numpy as np

        summed: Floats = self.weights @ np.asarray(per_pattern, dtype=float)
        return summed

    @cached_property
    def counts(self) -> Floats:
        """Labels (patterns × values)."""
        import numpy as np

        places = {value: place for place, value in enumerate(self.values)}
        counts = np.zeros((len(self.patterns), len(self.values)))
        for row, pattern in enumerate(self.patterns):
            for value, number in pattern:
                counts[row, places[value]] = number
        return counts

    @cached_property
    def margins(self) -> Floats:
        """Labels (resamples × values)."""
        return self.sum(self.counts)

    @cached_property
    def pairs(self) -> Floats:
        """Coincidences of unlike values (resamples × values × values)."""
        import numpy as np

        width = len(self.values)
        crossed = self.counts[:, :, None] * self.counts[:, None, :]
        crossed[:, np.arange(width), np.arange(width)] = 0
        crossed /= np.asarray(self.sizes)[:, None, None] - 1
        flat = self.sum(crossed.reshape(len(self.patterns), -1))
        return flat.reshape(-1, width, width)

    def weigh(self, difference: Callable[[str, str], float]) -> Floats:
        """The observed disagreement of every resample."""
        return self.sum(
            [
                sum(
                    ones * others * difference(one, other)
                    for one, ones in pattern
                    for other, others in pattern
                    if one != other
                )
                / (size - 1)
                for pattern, size in zip(self.patterns, self.sizes, strict=True)
            ]
        )

    def table(self, difference: Callable[[str, str], float]) -> Floats:
        """A difference function as a matrix (values × values)."""
        import numpy as np

        return np.array(
            [[0.0 if a == b else difference(a, b) for b in self.values] for a in self.values]
        )


Coefficient = Callable[[Resamples], Floats]
"""A figure per resample; NaN where it does not exist."""


def intervals(
    patterns: Mapping[Pattern, int], coefficients: Mapping[str, Coefficient], seed: str
) -> dict[str, tuple[float | None, float | None]]:
    """The 2.5 and 97.5 percentiles of each coefficient over the same seeded resamples.

    A resample in which a coefficient does not exist counts as possibly the lowest and possibly
    the highest: a bound that falls among such resamples is None, so that an interval that hangs
    on one odd unit does not look narrow.
    """
    import numpy as np

    if len(patterns) * len({value for pattern in patterns for value, _ in pattern}) > CELLS_AT_MOST:
        return dict.fromkeys(coefficients, (None, None))
    figures: dict[str, list[Floats]] = {name: [] for name in coefficients}
    for resamples in _draw(patterns, seed):
        for name, coefficient in coefficients.items():
            figures[name].append(coefficient(resamples))
    return {name: _percentiles(np.concatenate(parts)) for name, parts in figures.items()}


def observed(patterns: Mapping[Pattern, int], coefficient: Coefficient) -> float | None:
    """A coefficient of the units themselves; None where it does not exist."""
    import numpy as np

    ordered = sorted(patterns)
    weights = np.array([[float(patterns[pattern]) for pattern in ordered]])
    figure = float(coefficient(Resamples(tuple(ordered), weights))[0])
    return None if np.isnan(figure) else figure


def _draw(patterns: Mapping[Pattern, int], seed: str) -> Iterator[Resamples]:
    import numpy as np

    ordered = tuple(sorted(patterns))
    numbers = np.array([patterns[pattern] for pattern in ordered])
    random = np.random.default_rng(list(sha256(seed.encode()).digest()))
    values = len({value for pattern in ordered for value, _ in pattern})
    lot = max(1, min(RESAMPLES, CELLS_AT_ONCE // max(len(ordered), values)))
    shares = numbers / numbers.sum()
    for start in range(0, RESAMPLES, lot):
        size = min(lot, RESAMPLES - start)
        drawn = random.multinomial(int(numbers.sum()), shares, size=size)
        yield Resamples(ordered, drawn.astype(float))


def _percentiles(figures: Floats) -> tuple[float | None, float | None]:
    import numpy as np

    known = np.sort(figures[~np.isnan(figures)])
    rank = int(TAIL * RESAMPLES)
    undefined = RESAMPLES - len(known)
    if undefined > rank:
        return None, None
    return float(known[rank - undefined]), float(known[len(known) - 1 - rank + undefined])
