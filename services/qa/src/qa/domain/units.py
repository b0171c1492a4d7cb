"""What one item adds to the statistics of every scope that it belongs to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from qa.domain.agreement.coincidences import Pattern

PEERS_AT_LEAST = 2
"""So many others have to agree, without exception, for their value to be held to be true."""


class Tally(NamedTuple):
    """Something that a unit shows within a scope; units are counted by it.

    ``kind`` is ``pattern`` (content: [[value, how often], …]), ``annotator`` ([vendor,
    annotator]), ``answer`` ([``golden`` or ``peers``, reference, value]) or ``pair`` ([reference or
    null, value of the first, of the second]); pairs that no agreement is measured on are
    ``golden_pair`` or, with an untrusted label, ``watched_pair``.
    """

    scope: str
    scope_value: str
    kind: str
    content: str


class Vote(NamedTuple):
    """A first-tier label of a unit; an untrusted one is watched but does not count."""

    vendor: str
    annotator: str
    cohort: str
    guideline_version: str
    value: str
    trusted: bool


@dataclass(frozen=True)
class Unit:
    """An item of a batch with its labels; ``golden`` is its known answer."""

    project: str
    slices: Mapping[str, str]
    golden: str | None
    votes: tuple[Vote, ...]

    def tallies(self) -> Counter[Tally]:
        """All that the unit adds, once each; golden items only tell about annotators."""
        found: Counter[Tally] = Counter(self._answers())
        trusted = [vote for vote in self.votes if vote.trusted]
        if self.golden is None:
            for scope, value, votes in self._scopes(trusted):
                if len(votes) > 1:
                    found[Tally(scope, value, "pattern", _pattern(votes))] += 1
                    people = sorted({(vote.vendor, vote.annotator) for vote in votes})
                    found.update(Tally(scope, value, "annotator", _json(who)) for who in people)
        found.update(self._pairs())
        return found

    def _scopes(self, votes: Sequence[Vote]) -> Iterable[tuple[str, str, Sequence[Vote]]]:
        yield "project", self.project, votes
        for name, value in self.slices.items():
            yield "slice", f"{name}={value}", votes
        for cohort in sorted({vote.cohort for vote in votes}):
            yield "cohort", cohort, [vote for vote in votes if vote.cohort == cohort]
        for version in sorted({vote.guideline_version for vote in votes}):
            of_version = [vote for vote in votes if vote.guideline_version == version]
            yield "guideline_version", version, of_version

    def _answers(self) -> Iterable[Tally]:
        for vote in self.votes:
            others = [other for other in self.votes if other[:2] != vote[:2]]
            reference = self._reference(others)
            if reference is not None:
                source = "peers" if self.golden is None else "golden"
                content = _json([source, reference, vote.value])
                yield Tally("annotator", name_of(*vote[:2]), "answer", content)

    def _pairs(self) -> Iterable[Tally]:
        """Every two people's values; golden items with them, for who errs together."""
        by_annotator = {vote[:2]: vote for vote in self.votes}
        for one, other in combinations(sorted(by_annotator), 2):
            first, second = by_annotator[one], by_annotator[other]
            others = [vote for vote in self.votes if vote[:2] not in (one, other)]
            content = _json([self._reference(others), first.value, second.value])
            kind = "golden_pair" if self.golden is not None else "pair"
            if kind == "pair" and not (first.trusted and second.trusted):
                kind = "watched_pair"
            yield Tally("annotator_pair", _json([one, other]), kind, content)

    def _reference(self, others: Sequence[Vote]) -> str | None:
        if self.golden is not None:
            return self.golden
        return hold_true([vote.value for vote in others if vote.trusted])


def hold_true(values: Sequence[str]) -> str | None:
    """What enough people all say, without exception; None where they do not."""
    agreed = len(values) >= PEERS_AT_LEAST and len(set(values)) == 1
    return values[0] if agreed else None


def difference(before: Iterable[Unit], after: Iterable[Unit]) -> dict[Tally, int]:
    """What to add to the tallies when units change; nothing that comes out even."""
    change: Counter[Tally] = Counter()
    for unit in after:
        change.update(unit.tallies())
    for unit in before:
        change.subtract(unit.tallies())
    return {tally: units for tally, units in change.items() if units}


def read_pattern(content: str) -> Pattern:
    """A pattern as the coincidence matrix takes it."""
    return tuple((value, number) for value, number in json.loads(content))


def name_of(vendor: str, annotator: str) -> str:
    """An annotator as the value of a scope."""
    return _json([vendor, annotator])


def _pattern(votes: Iterable[Vote]) -> str:
    return _json(sorted(Counter(vote.value for vote in votes).items()))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
