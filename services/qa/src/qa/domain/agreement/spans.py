"""Agreement on spans: F1 between annotators, by exact match and by overlap."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import combinations_with_replacement

from qa.domain.agreement.coincidences import Pattern
from qa.domain.agreement.resamples import Coefficient, Floats, Resamples

Span = tuple[int, int, str]
"""Start, end (exclusive), label."""


def read_spans(value: str) -> frozenset[Span]:
    """The spans of a label: ``[{"start": 0, "end": 5, "label": "X"}, …]``."""
    return frozenset(
        (int(span["start"]), int(span["end"]), str(span["label"])) for span in json.loads(value)
    )


def matches(one: frozenset[Span], other: frozenset[Span]) -> tuple[int, int, int]:
    """Spans of both that have an equal one on the other side, those overlapping one of the same
    label there, and all of them; two annotators who both mark nothing agree on that: (2, 2, 2).
    """
    if not one and not other:
        return 2, 2, 2
    overlapping = sum(_overlaps(span, other) for span in one)
    overlapping += sum(_overlaps(span, one) for span in other)
    return 2 * len(one & other), overlapping, len(one) + len(other)


def count_matches(patterns: Mapping[Pattern, int]) -> dict[Pattern, int]:
    """Units by how much their pairs of labels match, which is all that F1 and its interval need."""
    counted: Counter[Pattern] = Counter()
    for pattern, units in patterns.items():
        exact = overlap = total = 0
        read = [(read_spans(value), number) for value, number in pattern]
        for (one, ones), (other, others) in combinations_with_replacement(read, 2):
            pairs = ones * (ones - 1) // 2 if one is other else ones * others
            equal, touching, marked = matches(one, other)
            exact += pairs * equal
            overlap += pairs * touching
            total += pairs * marked
        counted[("exact", exact), ("overlap", overlap), ("total", total)] += units
    return dict(counted)


def f1(kind: str) -> Coefficient:
    """Micro F1 over all pairs of annotators of all units; ``kind`` is ``exact`` or ``overlap``."""

    def coefficient(resamples: Resamples) -> Floats:
        margins = resamples.margins
        places = resamples.values
        share: Floats = margins[:, places.index(kind)] / margins[:, places.index("total")]
        return share

    return coefficient


def _overlaps(span: Span, others: frozenset[Span]) -> bool:
    start, end, label = span
    return any(start < e and s < end and label == kind for s, e, kind in others)
