"""Drift of batch scores: a self-starting cumulative sum, and what changed when it alarms."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import asin, copysign, log1p, sqrt
from typing import NamedTuple, TypeVar

from qa.domain.units import name_of

K = TypeVar("K", str, tuple[str, str])

ALLOWANCE = 0.5
"""k: half the drop, in standard deviations, that is to be found soonest."""
LIMIT = 5.0
"""h: with k a drop of 1 sigma is found in 10.4 batches; a chart to both sides runs 465 in control,
one that looks for drops only twice that."""
WARM_UP = 3
"""Batches before a deviation can be told from the spread."""


class Score(NamedTuple):
    """How far one annotator's labels in a batch, of one cohort and slices, agreed with the truth.

    ``agreed`` of ``judged`` labels, parts of an agreement counting as such. ``line`` is the cohort
    without its batch.
    """

    batch_id: str
    vendor: str
    annotator: str
    line: str
    slices: str
    agreed: float
    judged: int


@dataclass(frozen=True)
class Point:
    """A series at one batch; ``noise`` is the spread that sampling alone gives the score."""

    batch_id: str
    score: float
    noise: float = 0.0


@dataclass(frozen=True)
class Alarm:
    """The sum passed its limit at ``index``; the drop seems to have begun at ``since``."""

    index: int
    since: int
    statistic: float


@dataclass(frozen=True)
class Drift:
    """An alarm of a series, with what changed: who and what fell most since then."""

    scope: str
    scope_value: str
    batch_id: str
    batches_since_change: int
    statistic: float
    mean_before: float
    mean_since: float
    vendor: str | None
    annotator: str | None
    line: str | None
    slices: Mapping[str, str]


def watch(points: Sequence[Point]) -> list[Alarm]:
    """Alarms of a lower one-sided CUSUM over standardised scores.

    Each score is standardised by the mean and spread of those before it, and its Student's t is
    made a normal deviate, so that no baseline has to be set aside and deviates are independent
    standard normal from the third batch on (Hawkins, Technometrics 29, 1987). A spread smaller
    than what sampling gives is taken for luck. After an alarm the sum begins anew, and the batches
    since the change do not become the new normal.
    """
    alarms, normal, total, since = [], _Normal(), 0.0, 0
    for index, point in enumerate(points):
        if normal.count >= WARM_UP:
            before = total
            total = max(0.0, total - normal.deviate(point) - ALLOWANCE)
            if not before:
                since = index
        normal.add(point.score)
        if total > LIMIT:
            alarms.append(Alarm(index, since, total))
            total = 0.0
            for changed in points[since : index + 1]:
                normal.remove(changed.score)
    return alarms


class _Normal:
    """Mean and spread of scores, kept as sums so that scores can be taken back."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = self._squares = 0.0

    def add(self, score: float) -> None:
        self.count, self._sum, self._squares = (
            self.count + 1,
            self._sum + score,
            self._squares + score * score,
        )

    def remove(self, score: float) -> None:
        self.count, self._sum, self._squares = (
            self.count - 1,
            self._sum - score,
            self._squares - score * score,
        )

    def deviate(self, point: Point) -> float:
        """How far a new score lies from those before, as a standard normal deviate."""
        n = self.count
        mean = self._sum / n
        spread = sqrt(max(0.0, self._squares - n * mean * mean) / (n - 1))
        spread = max(spread, point.noise, 1e-9)
        t = (point.score - mean) / spread * sqrt(n / (n + 1))
        # Wallace's transform of Student's t with n - 1 degrees of freedom (1959)
        freedom = n - 1
        scale = (8 * freedom + 1) / (8 * freedom + 3)
        return copysign(scale * sqrt(freedom * log1p(t * t / freedom)), t)


def find_drift(scores: Iterable[Score]) -> list[Drift]:
    """Alarms of a project's series; scores come in the order in which their batches ended."""
    series: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        series["project", ""].append(score)
        series["annotator", name_of(score.vendor, score.annotator)].append(score)
        series["cohort", score.line].append(score)
        for name, value in json.loads(score.slices).items():
            series["slice", f"{name}={value}"].append(score)
    return [
        drift
        for (scope, value), shown in sorted(series.items())
        for drift in _drifts(scope, value, shown)
    ]


def _drifts(scope: str, value: str, scores: Sequence[Score]) -> Iterable[Drift]:
    batches: dict[str, list[Score]] = {}
    for score in scores:
        batches.setdefault(score.batch_id, []).append(score)
    names = list(batches)
    points = [_point(name, batches[name]) for name in names]
    for alarm in watch(points):
        since = [one for name in names[alarm.since : alarm.index + 1] for one in batches[name]]
        before = [one for name in names[: alarm.since] for one in batches[name]]
        person = _fell_most(before, since, lambda score: (score.vendor, score.annotator))
        vendor, annotator = person or (None, None)
        slices = _fell_most(before, since, lambda score: score.slices)
        yield Drift(
            scope=scope,
            scope_value=value,
            batch_id=names[alarm.index],
            batches_since_change=alarm.index - alarm.since + 1,
            statistic=alarm.statistic,
            mean_before=_mean(before),
            mean_since=_mean(since),
            vendor=vendor,
            annotator=annotator,
            line=_fell_most(before, since, lambda score: score.line),
            slices=json.loads(slices or "{}"),
        )


def _point(batch_id: str, scores: Sequence[Score]) -> Point:
    """A batch's share of agreement, on the scale on which its spread does not depend on it."""
    agreed = sum(score.agreed for score in scores)
    judged = sum(score.judged for score in scores)
    return Point(
        batch_id, asin(sqrt((agreed + 3 / 8) / (judged + 3 / 4))), 1 / (2 * sqrt(judged + 1 / 2))
    )


def _fell_most(
    before: Iterable[Score], since: Iterable[Score], part: Callable[[Score], K]
) -> K | None:
    """The part that lost most agreements since, against what it had before; None if none did."""
    earlier: defaultdict[K, list[Score]] = defaultdict(list)
    later: defaultdict[K, list[Score]] = defaultdict(list)
    for score in before:
        earlier[part(score)].append(score)
    for score in since:
        later[part(score)].append(score)
    lost = {
        name: (_mean(earlier[name]) - _mean(shown)) * sum(score.judged for score in shown)
        for name, shown in sorted(later.items())
        if name in earlier
    }
    name = max(lost, key=lost.__getitem__, default=None)
    return name if name is not None and lost[name] > 0 else None


def _mean(scores: Iterable[Score]) -> float:
    agreed = judged = 0.0
    for score in scores:
        agreed += score.agreed
        judged += score.judged
    return agreed / judged if judged else 0.0
