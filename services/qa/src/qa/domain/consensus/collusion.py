"""People who err together have one voice, or a model takes their agreement for knowledge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations

from qa.domain.consensus.table import Answer
from qa.domain.flags import flag_pair
from qa.domain.units import hold_true


def find_voices(answers: Iterable[Answer], known: Mapping[str, str]) -> dict[str, str]:
    """Annotator → the voice that speaks for them, of those who are found to err together."""
    by_item: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for item, annotator, value in answers:
        by_item[item][annotator] = value
    pairs: defaultdict[tuple[str, str], Counter[tuple[str | None, str, str]]]
    pairs = defaultdict(Counter)
    for item, given in by_item.items():
        for one, other in combinations(sorted(given), 2):
            others = [value for who, value in given.items() if who not in (one, other)]
            truth = known.get(item) or hold_true(others)
            pairs[one, other][truth, given[one], given[other]] += 1
    voices: dict[str, str] = {}
    for (one, other), said in sorted(pairs.items()):
        if flag_pair(said) is not None:
            voices[other] = voices.setdefault(one, one)
    return voices


def speak_once(answers: Iterable[Answer], voices: Mapping[str, str]) -> list[Answer]:
    """Answers with those of one voice that are alike counted once; where it contradicts itself on
    an item, it has no say there.
    """
    spoken: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for item, annotator, value in answers:
        spoken[item, voices.get(annotator, annotator)].add(value)
    return [
        (item, voice, value)
        for (item, voice), values in spoken.items()
        if len(values) == 1
        for value in values
    ]
