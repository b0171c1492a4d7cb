"""Simulated annotators: some careful, some who answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from qa.domain.consensus.methods import Anchor, Ballot
from qa.domain.consensus.votes import Consensus, Label, NoConsensus
from qa.domain.units import Unit, Vote

VALUES = ("a", "b", "c")


@dataclass
class Crowd:
    """Five people label every item; ``colluding`` ones all give the same random answer."""

    seed: int
    accuracy: float = 0.75
    people: int = 5
    colluding: int = 2
    truths: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def answer(self, item: str) -> list[tuple[str, str]]:
        """(Annotator, value) of everybody."""
        truth = self.truths[item] = self.random.choice(VALUES)
        shared = self.random.choice(VALUES)
        careful = [
            (
                f"careful-{n}",
                truth
                if self.random.random() < self.accuracy
                else self.random.choice([value for value in VALUES if value != truth]),
            )
            for n in range(self.people - self.colluding)
        ]
        return careful + [(f"colluding-{n}", shared) for n in range(self.colluding)]

    def ballots(self, number: int) -> list[Ballot]:
        return [
            Ballot(
                item,
                self.people,
                tuple(
                    Label(f"{item}/{who}", "vendor", who, "cohort", value)
                    for who, value in self.answer(item)
                ),
            )
            for item in (f"item-{n:04}" for n in range(number))
        ]

    def anchors(self, number: int) -> list[Anchor]:
        return [
            Anchor(item, ("vendor", who), value, self.truths[item])
            for item in (f"gold-{n:04}" for n in range(number))
            for who, value in self.answer(item)
        ]

    def units(self, number: int, golden: int = 0) -> list[Unit]:
        return [
            Unit(
                "support",
                {},
                None if n >= golden else self.truths[item],
                tuple(
                    Vote("vendor", who, "cohort", "1.0.0", value, True) for who, value in answers
                ),
            )
            for n, item in enumerate(f"unit-{n:04}" for n in range(number))
            for answers in [self.answer(item)]
        ]

    def share_right(
        self, ballots: list[Ballot], said: Mapping[int, Consensus | NoConsensus]
    ) -> float:
        """Of all items; one without a consensus is not right."""
        right = [
            isinstance(one, Consensus) and one.value == self.truths[ballots[n].item_id]
            for n, one in said.items()
        ]
        return sum(right) / len(right)
