"""Weighing labels by the method of a project, and saying which method would do best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aidataops.events.quality import MethodAccuracy
from qa.domain.consensus.collusion import find_voices, speak_once
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
MORE_THAN_HALF = 0.5 + 1e-9
"""Share of weighted votes that carries a value, where they are votes and no probabilities."""
ANCHORS_AT_LEAST = 5
"""Golden answers that most annotators must have given before a model is believed."""
GOLDEN_AT_LEAST = 20
"""Golden items with two labels that a recommendation needs."""
FOLDS = 5

Model = Callable[[LabelTable], Floats]
MODELS: Mapping[str, Model] = {
    "wawa": weigh_by_agreement,
    "dawid_skene": lambda table: fit_dawid_skene(table).probabilities,
    "glad": fit_glad,
    "mace": fit_mace,
}
"""Probabilities (items × values), from the simplest to the one with the most to learn."""
PROBABLE = frozenset(MODELS) - {"wawa"}
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

    A reviewer's label decides by itself. A model is believed only where golden answers anchor it
    and it finds, of golden items that it is not told, at least as many as majority does: two who
    err alike can turn a model against everybody else (an unanchored one-coin model fell to .515
    where majority held .819). Those who are found to err together have one voice besides.
    Otherwise majority decides, and the consensus says so.
    """
    model = MODELS.get(method)
    found = None
    if model is not None and _anchored(ballots, anchors):
        found = _believe(method, model, ballots, anchors, values)
    if found is None:
        return [_by_majority(ballot) for ballot in ballots]
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
    enough = CONFIDENT if method in PROBABLE else MORE_THAN_HALF
    if confidence < enough or value not in {label.value for label in ballot.labels}:
        return NoConsensus("low_confidence")
    return carry(ballot.labels, value, min(1.0, confidence), method)


def _anchored(ballots: Sequence[Ballot], anchors: Sequence[Anchor]) -> bool:
    """Whether most of those who labelled have answered enough golden items."""
    people = {label.who for ballot in ballots for label in ballot.labels}
    given = Counter(anchor.who for anchor in anchors)
    known = sum(given[who] >= ANCHORS_AT_LEAST for who in people)
    return bool(people) and 2 * known > len(people)


def _believe(
    method: str,
    model: Model,
    ballots: Sequence[Ballot],
    anchors: Sequence[Anchor],
    values: Sequence[str],
) -> dict[str, tuple[str, float]] | None:
    """Item → its likeliest value; None where the model does not stand the test."""
    answers: list[Answer] = [
        (f"?{ballot.item_id}", _name(label.who), label.value)
        for ballot in ballots
        for label in ballot.labels
    ]
    answers += [(f"!{anchor.item_id}", _name(anchor.who), anchor.value) for anchor in anchors]
    known = {f"!{anchor.item_id}": anchor.truth for anchor in anchors}
    voices = find_voices(answers, known)
    spoken = speak_once(answers, voices)
    right = count_right(answers, known, {"majority": LabelTable.shares}, values)
    right |= count_right(spoken, known, {method: model}, values)
    if right[method] < right["majority"]:
        return None
    table = LabelTable(spoken, known, values)
    likely = table.most_likely(model(table))
    return {item.removeprefix("?"): found for item, found in likely.items()}


def _name(who: tuple[str, str]) -> str:
    return "\n".join(who)


def count_right(
    answers: Sequence[Answer],
    truths: Mapping[str, str],
    models: Mapping[str, Model],
    values: Sequence[str] = (),
) -> dict[str, int]:
    """How many golden items each model finds that it is not told, fold by fold.

    ``answers`` are those of all items, ``truths`` the golden ones among them.
    """
    asked = sorted({item for item, _, _ in answers if item in truths})
    right = dict.fromkeys(models, 0)
    for fold in range(FOLDS):
        hidden = set(asked[fold::FOLDS])
        if not hidden:
            continue
        known = {item: value for item, value in truths.items() if item not in hidden}
        table = LabelTable(answers, known, values)
        for name, model in models.items():
            likely = table.most_likely(model(table))
            right[name] += sum(likely[item][0] == truths[item] for item in hidden)
    return right


def rate_methods(
    answers: Sequence[Answer], truths: Mapping[str, str], values: Sequence[str] = ()
) -> tuple[MethodAccuracy, ...]:
    """How each method answers golden items that it is not told; the best first.

    Of equals the simplest comes first; nothing when there are too few golden items that two people
    have labelled.
    """
    labels = Counter(item for item, _, _ in answers if item in truths)
    asked = {item: truths[item] for item, number in labels.items() if number >= ENOUGH_LABELS}
    if len(asked) < GOLDEN_AT_LEAST:
        return ()
    spoken = speak_once(answers, find_voices(answers, truths))
    right = count_right(answers, asked, {"majority": LabelTable.shares}, values)
    right |= count_right(spoken, asked, MODELS, values)
    ranked = sorted(right, key=lambda name: -right[name])
    return tuple(_accuracy(name, right[name], len(asked)) for name in ranked)


def _accuracy(method: str, correct: int, total: int) -> MethodAccuracy:
    lower, upper = wilson_interval(correct, total)
    return MethodAccuracy(
        method=method, correct=correct, total=total, wilson_lower=lower, wilson_upper=upper
    )
