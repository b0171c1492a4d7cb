"""Labels of many items as arrays, and what every method does with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Integers: TypeAlias = "NDArray[np.intp]"
Booleans: TypeAlias = "NDArray[np.bool_]"
Answer = tuple[str, str, str]
"""Item, annotator, value."""


class LabelTable:
    """Answers by index, sorted by item: arrays as long as there are labels.

    ``known`` are items whose value is certain (golden ones): every method keeps it, and learns
    from it who can be believed. ``values`` may name more than the answers show.
    """

    def __init__(
        self,
        answers: Iterable[Answer],
        known: Mapping[str, str] | None = None,
        values: Iterable[str] = (),
    ) -> None:
        import numpy as np

        known = known or {}
        given = list(answers)
        self.items, item = _coded(list(map(itemgetter(0), given)))
        self.annotators, annotator = _coded(list(map(itemgetter(1), given)))
        more = (*values, *known.values())
        self.values, value = _coded(list(map(itemgetter(2), given)), more)
        order = np.argsort((item * len(self.annotators) + annotator) * len(self.values) + value)
        self.item: Integers = item[order]
        self.annotator: Integers = annotator[order]
        self.value: Integers = value[order]
        self._known = known

    @cached_property
    def certain(self) -> Floats:
        """The items whose value is known (rows of 1 and 0); rows of NaN are open."""
        import numpy as np

        rows = np.full((len(self.items), len(self.values)), np.nan)
        places = {value: place for place, value in enumerate(self.values)}
        for row, item in enumerate(self.items):
            if item in self._known:
                rows[row] = 0
                rows[row, places[self._known[item]]] = 1
        return rows

    @cached_property
    def open(self) -> Booleans:
        """Which items are to be found out."""
        import numpy as np

        found: Booleans = np.isnan(self.certain[:, 0])
        return found

    def keep_known(self, probabilities: Floats) -> Floats:
        """Probabilities with what is certain put in its place."""
        import numpy as np

        kept: Floats = np.where(self.open[:, None], probabilities, self.certain)
        return kept

    def votes(self, weights: Floats | None = None) -> Floats:
        """Weighted labels (items × values)."""
        return self.sum_by(self.item * len(self.values) + self.value, weights, len(self.items))

    def shares(self) -> Floats:
        """Labels as shares of each item's, with what is known: where every method begins."""
        votes = self.votes()
        return self.keep_known(votes / votes.sum(axis=1, keepdims=True))

    def sum_by(self, index: Integers, weights: Floats | None, rows: int) -> Floats:
        """Sums of weights by (row, value) index."""
        import numpy as np

        width = len(self.values)
        summed = np.bincount(index, weights, minlength=rows * width).astype(float)
        return summed.reshape(rows, width)

    def sum_per_item(self, per_label: Floats) -> Floats:
        """Σ over the labels of every item of a row per label; labels lie sorted by item."""
        import numpy as np

        starts = np.searchsorted(self.item, np.arange(len(self.items)))
        summed: Floats = np.add.reduceat(per_label, starts, axis=0)
        return summed

    def most_likely(self, probabilities: Floats) -> dict[str, tuple[str, float]]:
        """Open item → its likeliest value and how likely that is."""
        best = probabilities.argmax(axis=1)
        return {
            item: (self.values[best[row]], float(probabilities[row, best[row]]))
            for row, item in enumerate(self.items)
            if self.open[row]
        }


def normalize(logarithms: Floats) -> Floats:
    """Rows of log likelihoods as probabilities."""
    import numpy as np

    likelihoods = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    probabilities: Floats = likelihoods / likelihoods.sum(axis=1, keepdims=True)
    return probabilities


def _coded(given: Sequence[str], more: Iterable[str] = ()) -> tuple[list[str], Integers]:
    """The names in order, those of ``more`` with them, and for each given one its place."""
    import numpy as np

    names = sorted(dict.fromkeys(given) | dict.fromkeys(more))
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter(map(places.__getitem__, given), dtype=np.intp, count=len(given))
