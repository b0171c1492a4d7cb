"""What production looks like, and the pool sorted into its slices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aidataops.events.base import Slices
from aidataops.events.sourcing import SliceFloor

Counts = Iterable[tuple[Slices, int]]
"""Items per combination of slices."""


@dataclass(frozen=True, slots=True)
class Production:
    """Weights per combination of slices, floors, and the limits of what still represents it.

    ``revision`` is null when the weights come from samples.
    """

    weights: tuple[tuple[Slices, float], ...] = ()
    floors: tuple[SliceFloor, ...] = ()
    psi_limit: float = 0.25
    significance: float = 0.05
    revision: int | None = None

    @property
    def shares(self) -> list[float]:
        """The weights as shares of 1."""
        total = sum(weight for _, weight in self.weights)
        return [weight / total for _, weight in self.weights]


def sort_into(production: Production, counts: Counts) -> tuple[list[int], int]:
    """Items per slice of production, and how many lie outside of all.

    An item lies in the most specific slice that it has all attributes of; of equally specific ones
    in the first.
    """
    ranked = sorted(
        range(len(production.weights)),
        key=lambda place: (-len(production.weights[place][0]), place),
    )
    sorted_in = [0] * len(production.weights)
    outside = 0
    for slices, items in counts:
        for place in ranked:
            if lies_in(slices, production.weights[place][0]):
                sorted_in[place] += items
                break
        else:
            outside += items
    return sorted_in, outside


def lies_in(slices: Slices, wanted: Slices) -> bool:
    """Whether something with these slices has every attribute wanted."""
    return wanted.items() <= slices.items()
