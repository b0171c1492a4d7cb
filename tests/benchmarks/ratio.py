"""A measurement beside its baseline, round by round, so that a drifting machine moves both."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Ratio:
    """``figure / baseline`` per round: the median, the extremes, and the goal it is held to."""

    name: str
    unit: str
    baseline_name: str
    figure: float
    baseline: float
    ratio: float
    lowest: float
    highest: float
    goal: str
    met: bool

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


async def compare(
    name: str,
    *,
    unit: str,
    figure: Measure,
    baseline_name: str,
    baseline: Measure,
    at_least: float | None = None,
    at_most: float | None = None,
    rounds: int = 5,
) -> Ratio:
    """Measure both ``rounds`` times after one warm-up, in turn; compare within each round."""
    await baseline()
    await figure()
    pairs = [(await baseline(), await figure()) for _ in range(rounds)]
    return summarize(name, unit, baseline_name, pairs, at_least=at_least, at_most=at_most)


def summarize(
    name: str,
    unit: str,
    baseline_name: str,
    pairs: list[tuple[float, float]],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Ratio:
    """Rounds of (baseline, figure) as one ratio."""
    ratios = [figure / baseline for baseline, figure in pairs]
    ratio = statistics.median(ratios)
    if at_least is not None:
        goal, met = f"≥ {at_least:g} ×", ratio >= at_least
    elif at_most is not None:
        goal, met = f"≤ {at_most:g} ×", ratio <= at_most
    else:
        goal, met = "–", True
    return Ratio(
        name=name,
        unit=unit,
        baseline_name=baseline_name,
        figure=statistics.median(figure for _, figure in pairs),
        baseline=statistics.median(baseline for baseline, _ in pairs),
        ratio=ratio,
        lowest=min(ratios),
        highest=max(ratios),
        goal=goal,
        met=met,
    )
