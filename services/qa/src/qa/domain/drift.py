"""Drift of batch scores: a self-starting cumulative sum, and what changed when it alarms."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
ENOUGH_NORMAL = 20
"""Batches that tell what is normal without those since a change that may have begun."""


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


Series = tuple[str, str]
"""What is watched: a scope, and its value."""


@dataclass(frozen=True)
class Point:
    """A series at one batch; ``noise`` is the spread that sampling alone gives the score."""

    score: float
    noise: float = 0.0


@dataclass(frozen=True)
class Chart:
    """A lower one-sided CUSUM over standardised scores, as it stands after a batch.

    Each score is standardised by the mean and spread of those before it, and its Student's t is
    made a normal deviate, so that no baseline has to be set aside and deviates are independent
    standard normal from the third batch on (Hawkins, Technometrics 29, 1987). A spread smaller
    than what sampling gives is taken for luck.

    The batches since the sum left zero may be the change already. As soon as `ENOUGH_NORMAL` others
    are there they are kept out of what is normal, or a drop after a short history hides itself:
    after 50 batches 1 sigma took 23 batches on average, and takes 11. In control the chart runs 750
    batches instead of 900. After an alarm the sum begins anew, and the batches since the change do
    not become the new normal.

    ``count``, ``total`` and ``squares`` are those of all scores but those of past changes,
    ``rising`` the scores since the sum left zero: all that the next batch needs to know of those
    before it.
    """

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    statistic: float = 0.0
    rising: tuple[float, ...] = ()

    @property
    def alarms(self) -> bool:
        """Whether the sum has just passed its limit."""
        return self.statistic > LIMIT

    def follow(self, point: Point) -> Chart:
        """The chart one batch on."""
        chart = self._without_change() if self.alarms else self
        statistic, rising = 0.0, chart.rising
        if chart.count >= WARM_UP:
            statistic = max(0.0, chart.statistic - chart.deviate(point) - ALLOWANCE)
            rising = (*rising, point.score) if statistic else ()
        return Chart(
            chart.count + 1,
            chart.total + point.score,
            chart.squares + point.score * point.score,
            statistic,
            rising,
        )

    def deviate(self, point: Point) -> float:
        """How far a new score lies from what is normal, as a standard normal deviate."""
        enough = self.count - len(self.rising) >= ENOUGH_NORMAL
        normal = self._without_change() if enough else self
        n = normal.count
        mean = normal.total / n
        spread = sqrt(max(0.0, normal.squares - n * mean * mean) / (n - 1))
        spread = max(spread, point.noise, 1e-9)
        t = (point.score - mean) / spread * sqrt(n / (n + 1))
        # Wallace's transform of Student's t with n - 1 degrees of freedom (1959)
        freedom = n - 1
        scale = (8 * freedom + 1) / (8 * freedom + 3)
        return copysign(scale * sqrt(freedom * log1p(t * t / freedom)), t)

    def _without_change(self) -> Chart:
        if not self.rising:
            return self
        total, squares = self.total, self.squares
        for score in self.rising:
            total, squares = total - score, squares - score * score
        return Chart(self.count - len(self.rising), total, squares)


@dataclass(frozen=True)
class Step:
    """A series' chart after a batch."""

    series: Series
    batch_id: str
    chart: Chart


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


def series_of(score: Score) -> Iterator[Series]:
    """Everything that a score is watched as a part of."""
    yield "project", ""
    yield "annotator", name_of(score.vendor, score.annotator)
    yield "cohort", score.line
    for name, value in json.loads(score.slices).items():
        yield "slice", f"{name}={value}"


def follow(charts: Mapping[Series, Chart], scores: Iterable[Score]) -> list[Step]:
    """Move charts on by the batches that came after those they have seen, in the order of end."""
    now, steps = dict(charts), []
    for batch_id, shown in groupby(scores, lambda score: score.batch_id):
        parts: defaultdict[Series, list[Score]] = defaultdict(list)
        for score in shown:
            for series in series_of(score):
                parts[series].append(score)
        for series, part in parts.items():
            now[series] = now.get(series, Chart()).follow(_point(part))
            steps.append(Step(series, batch_id, now[series]))
    return steps


def find_drift(steps: Iterable[Step], scores: Sequence[Score]) -> list[Drift]:
    """What changed where a step is an alarm; ``scores`` are all of the project, in order of end."""
    alarms: defaultdict[Series, list[Step]] = defaultdict(list)
    for step in steps:
        if step.chart.alarms:
            alarms[step.series].append(step)
    shown: defaultdict[Series, list[Score]] = defaultdict(list)
    for score in scores if alarms else ():
        for series in alarms.keys() & set(series_of(score)):
            shown[series].append(score)
    return [
        _explain(step, shown[series]) for series, found in sorted(alarms.items()) for step in found
    ]


def _explain(step: Step, scores: Sequence[Score]) -> Drift:
    names = list(dict.fromkeys(score.batch_id for score in scores))
    end = names.index(step.batch_id) + 1
    batches = len(step.chart.rising)
    earlier, later = set(names[: end - batches]), set(names[end - batches : end])
    before = [score for score in scores if score.batch_id in earlier]
    since = [score for score in scores if score.batch_id in later]
    person = _fell_most(before, since, lambda score: (score.vendor, score.annotator))
    vendor, annotator = person or (None, None)
    slices = _fell_most(before, since, lambda score: score.slices)
    return Drift(
        scope=step.series[0],
        scope_value=step.series[1],
        batch_id=step.batch_id,
        batches_since_change=batches,
        statistic=step.chart.statistic,
        mean_before=_mean(before),
        mean_since=_mean(since),
        vendor=vendor,
        annotator=annotator,
        line=_fell_most(before, since, lambda score: score.line),
        slices=json.loads(slices or "{}"),
    )


def _point(scores: Sequence[Score]) -> Point:
    """A batch's share of agreement, on the scale on which its spread does not depend on it."""
    agreed = sum(score.agreed for score in scores)
    judged = sum(score.judged for score in scores)
    return Point(asin(sqrt((agreed + 3 / 8) / (judged + 3 / 4))), 1 / (2 * sqrt(judged + 1 / 2)))


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
