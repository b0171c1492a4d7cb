"""Inspect's scores: which one decides, and what its values mean.

A score's value is a letter (C correct, I incorrect, P partial, N no answer), a number, a truth
value, or an object of those; ``scorer/key`` then names one of its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import Fields, finite
from aidataops.harnesses.inspect.log import Log
from aidataops.harnesses.text import IDENTIFIER

_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sample's score, ``None`` where it errored, and the scorer's verdict where it gives one."""

    score: float | None
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Scorer:
    """The score that decides: a scorer, and the key of its value where that is an object."""

    name: str
    key: str | None = None
    pass_at: float | None = None

    @property
    def metric(self) -> str:
        """As a user names it: ``match``, ``rubric/tone``."""
        return self.name if self.key is None else f"{self.name}/{self.key}"

    def outcome(self, sample: Fields) -> Outcome:
        """What this score says of a sample; an error of the sample is no failure of the model."""
        if sample.content.get("error") is not None:
            return Outcome(None)
        scores = sample.object("scores")
        score = scores.object(self.name)
        value: Any = score.content.get("value")
        if self.key is not None and isinstance(value, Mapping):
            value = value.get(self.key)
        if isinstance(value, str):
            return self._of_word(score, value)
        if value is None:
            return Outcome(None)
        if not isinstance(value, int | float):
            raise score.error(
                "value", f"is a {type(value).__name__}, no score of one sample",
                "choose another score (--metric SCORER or SCORER/KEY)",
            )  # fmt: skip
        return Outcome(finite(value))

    def _of_word(self, score: Fields, word: str) -> Outcome:
        if word in _LETTERS:
            verdict = None if self.pass_at is not None else word == "C"
            return Outcome(_LETTERS[word], verdict)
        if word.lower() in _WORDS:
            return Outcome(_WORDS[word.lower()])
        try:
            return Outcome(finite(float(word)))
        except ValueError as error:
            raise score.error(
                "value",
                f"is {word[:60]!r}, which is no score",
                "choose another score (--metric SCORER or SCORER/KEY)",
            ) from error


def choose(log: Log, wanted: str | None, pass_at: float | None) -> Scorer:
    """The score that decides: the wanted one, Inspect's headline, or the first.

    In a log where no sample has a score it is the one that there should have been.
    """
    found = _found(log)
    headline = log.header.object("results").object("headline").text("score")
    if not found:
        configured = log.header.object("eval").objects("scorers")
        found = [Scorer(each.needed("name")) for each in configured]
    if wanted is not None:
        candidates = [scorer for scorer in found if scorer.metric == wanted]
    else:
        candidates = [scorer for scorer in found if scorer.name == headline] or found
    if candidates:
        return replace(candidates[0], pass_at=pass_at)
    raise HarnessFileError(
        f"has no score {wanted!r}" if wanted else "has no scorer, so nothing says what passed",
        file=log.file,
        field="scores",
        remedy=f"choose one (--metric) of: {', '.join(each.metric for each in found) or 'none'}",
    )


def _found(log: Log) -> list[Scorer]:
    """The scores of the first sample that has any."""
    for sample in log.samples():
        scores = sample.object("scores")
        if scores.content and sample.content.get("error") is None:
            return [
                scorer
                for name in scores.content
                for scorer in _parts(name, scores.object(name).content.get("value"))
            ]
    return []


def _parts(name: str, value: Any) -> list[Scorer]:
    if isinstance(value, dict):
        return [Scorer(name, str(key)) for key in value]
    return [Scorer(name)]


def figures(header: Fields) -> dict[str, float]:
    """Inspect's own figures, as ``match/accuracy``; errored samples are not in them."""
    found: dict[str, float] = {}
    for score in header.object("results").objects("scores"):
        metrics = score.object("metrics")
        for name in metrics.content:
            value = metrics.object(name).number("value")
            figure = f"{score.text('name')}/{name}"
            if value is not None and len(figure) <= IDENTIFIER:
                found[figure] = value
    return found
