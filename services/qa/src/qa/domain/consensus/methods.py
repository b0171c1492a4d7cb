"""Weighing labels by the method of a project, and saying which method would do best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aidataops.events.quality import MethodAccuracy
from qa.domain.consensus.dawid_skene import fit_dawid_skene
from qa.domain.consensus.glad import fit_glad
from qa.domain.consensus.mace import fit_mace
from qa.domain.consensus.table import Answer, Floats, LabelTable
from qa.domain.consensus.votes import (
    ENOUGH_LABELS,
    Consensus,
    Label,
    NoConsensus,
    carry,
    decide_by_review,
    reach_majority,
)
from qa.domain.consensus.wawa import weigh_by_agreement
from qa.domain.proportion import wilson_interval

CONFIDENT = 0.8
"""Probability that a model has to be sure of; below it somebody else looks."""
ANCHORS_AT_LEAST = 5
"""Golden answers that most annotators must have given before a model is believed."""
GOLDEN_AT_LEAST = 20
"""Golden items with two labels that a recommendation needs."""
FOLDS = 5

MODELS: Mapping[str, Callable[[LabelTable], Floats]] = {
    "wawa": weigh_by_agreement,
    "dawid_skene": lambda table: fit_dawid_skene(table).probabilities,
    "glad": fit_glad,
    "mace": fit_mace,
}
"""Probabilities (items × values), from the simplest to the one with the most to learn."""
CLOSED = frozenset({"categorical", "ordinal", "pairwise"})
"""Types of label with a list of values that can be confused; others are decided by majority."""


@dataclass(frozen=True)
class Anchor:
    """An annotator's answer to a golden item, and what would have been right."""

    item_id: str
    who: tuple[str, str]
    value: str
    truth: str


@dataclass(frozen=True)
class Ballot:
    """The trusted labels of one item."""

    item_id: str
    overlap: int
    labels: tuple[Label, ...]


def weigh(
    ballots: Sequence[Ballot], method: str, anchors: Sequence[Anchor], values: Sequence[str] = ()
) -> list[Consensus | NoConsensus]:
    """What is made of every item's labels, in the order given.

    A reviewer's label decides by itself. A model that nothing anchors is not believed: two who
    err alike can turn it against everybody else (an unanchored one-coin model fell to .515 where
    majority held .819), so majority decides then, and the consensus says so.
    """
    model = MODELS.get(method)
    if model is None or not _anchored(ballots, anchors):
        return [_by_majority(ballot) for ballot in ballots]
    found = _probable(model, ballots, anchors, values)
    return [
        decide_by_review(ballot.labels) or _by_model(ballot, method, found.get(ballot.item_id))
        for ballot in ballots
    ]


def _by_majority(ballot: Ballot) -> Consensus | NoConsensus:
    return decide_by_review(ballot.labels) or reach_majority(ballot.labels, ballot.overlap)


def _by_model(
    ballot: Ballot, method: str, likely: tuple[str, float] | None
) -> Consensus | NoConsensus:
    if likely is None or len(ballot.labels) < min(ENOUGH_LABELS, ballot.overlap):
        return NoConsensus("too_few_labels")
    value, confidence = likely
    if confidence < CONFIDENT or value not in {label.value for label in ballot.labels}:
        return NoConsensus("low_confidence")
    return carry(ballot.labels, value, min(1.0, confidence), method)


def _anchored(ballots: Sequence[Ballot], anchors: Sequence[Anchor]) -> bool:
    """Whether most of those who labelled have answered enough golden items."""
    people = {label.who for ballot in ballots for label in ballot.labels}
    given = [anchor.who for anchor in anchors]
    known = sum(given.count(who) >= ANCHORS_AT_LEAST for who in people)
    return bool(people) and 2 * known > len(people)


def _probable(
    model: Callable[[LabelTable], Floats],
    ballots: Sequence[Ballot],
    anchors: Sequence[Anchor],
    values: Sequence[str],
) -> dict[str, tuple[str, float]]:
    answers: list[Answer] = [
        (f"?{ballot.item_id}", _name(label.who), label.value)
        for ballot in ballots
        for label in ballot.labels
    ]
    answers += [(f"!{anchor.item_id}", _name(anchor.who), anchor.value) for anchor in anchors]
    known = {f"!{anchor.item_id}": anchor.truth for anchor in anchors}
    table = LabelTable(answers, known, values)
    likely = table.most_likely(model(table))
    return {item.removeprefix("?"): found for item, found in likely.items()}


def _name(who: tuple[str, str]) -> str:
    return "\n".join(who)


def rate_methods(
    answers: Sequence[Answer], truths: Mapping[str, str], values: Sequence[str] = ()
) -> tuple[MethodAccuracy, ...]:
    """How each method answers golden items that it is not told, fold by fold; best first.

    ``answers`` are those of all items, ``truths`` the golden ones among them. Every fold of golden
    items is found out with the others known. Of equals the simplest comes first; nothing when
    there are too few golden items with two labels.
    """
    labels = [item for item, _, _ in answers if item in truths]
    asked = sorted({item for item in labels if labels.count(item) >= ENOUGH_LABELS})
    if len(asked) < GOLDEN_AT_LEAST:
        return ()
    right = dict.fromkeys(("majority", *MODELS), 0)
    for fold in range(FOLDS):
        hidden = set(asked[fold::FOLDS])
        known = {item: value for item, value in truths.items() if item not in hidden}
        table = LabelTable(answers, known, values)
        likely = {name: table.most_likely(model(table)) for name, model in MODELS.items()}
        likely["majority"] = table.most_likely(table.shares())
        for name, found in likely.items():
            right[name] += sum(found[item][0] == truths[item] for item in hidden)
    ranked = sorted(right, key=lambda name: -right[name])
    return tuple(_accuracy(name, right[name], len(asked)) for name in ranked)


def _accuracy(method: str, correct: int, total: int) -> MethodAccuracy:
    lower, upper = wilson_interval(correct, total)
    return MethodAccuracy(
        method=method, correct=correct, total=total, wilson_lower=lower, wilson_upper=upper
    )
