"""What a run says against its baseline: which slices got worse, or why nothing can be said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from feedback_router.domain.comparison import Comparison, Paired, Unpaired
from feedback_router.domain.outcomes import Outcome, SliceKey, pair
from feedback_router.domain.significance import benjamini_hochberg, benjamini_yekutieli
from feedback_router.domain.slicing import NO_SEARCH, Search, Slice

Standing = Literal["reference", "infrastructure_failure", "incomparable", "compared"]
Correction = Literal["benjamini_hochberg", "benjamini_yekutieli"]

CORRECTIONS: dict[Correction, Callable[[Sequence[float], Sequence[float]], list[float]]] = {
    "benjamini_hochberg": benjamini_hochberg,
    "benjamini_yekutieli": benjamini_yekutieli,
}


_STRONGEST = 50
"""So many slices are looked at as explanations of wider ones."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How runs are compared: slices named and searched for, and what counts as beyond chance."""

    slice_by: Sequence[str]
    significance: float = 0.05
    search: Search = NO_SEARCH
    correction: Correction = "benjamini_hochberg"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A run's standing, the comparisons worth keeping, and how many were made."""

    standing: Standing
    comparisons: tuple[Comparison, ...] = ()
    compared: int = 0


def assess(
    outcomes: Sequence[Outcome],
    baseline: Sequence[Outcome] | None,
    plan: Plan,
    *,
    crashed: bool = False,
) -> Assessment:
    """Judge a run, given all its outcomes and all of its baseline's (``None``: it has none).

    A slice regressed when its q-value over every metric and slice of the run is at most the plan's
    significance and it went down. Named slices and those searched for share one error rate, half
    of the weight each, so that a wide search costs the named ones a factor of two and no more. Of
    slices within slices those are reported that explain the others. A run of nothing but errors
    (``crashed``: by its own account) is an infrastructure failure: no regression, and no pass.
    """
    if crashed or (outcomes and all(outcome.errored for outcome in outcomes)):
        return Assessment("infrastructure_failure")
    if baseline is None:
        return Assessment("reference")
    tests = _tests(outcomes, baseline, plan)
    made = [
        (test, one, comparison)
        for test in tests
        for one, comparison in zip(test.slices, test.compare(test.slices), strict=True)
    ]
    if not made:
        return Assessment("incomparable")
    weights = _weights([one.discovered for _, one, _ in made])
    q_values = CORRECTIONS[plan.correction](
        [comparison.p_value for *_, comparison in made], weights
    )
    beyond_chance = max(
        (
            comparison.p_value / weight
            for (*_, comparison), weight, q_value in zip(made, weights, q_values, strict=True)
            if q_value <= plan.significance
        ),
        default=0.0,
    )
    judged: dict[Paired | Unpaired, list[tuple[Slice, Comparison]]] = defaultdict(list)
    for (test, one, comparison), q_value in zip(made, q_values, strict=True):
        down = q_value <= plan.significance and comparison.worse
        judged[test].append((one, replace(comparison, q_value=q_value, regressed=down)))
    kept = [
        comparison
        for test, comparisons in judged.items()
        for comparison in _explained(test, comparisons, beyond_chance)
    ]
    return Assessment("compared", tuple(kept), len(made))


def _tests(
    outcomes: Sequence[Outcome], baseline: Sequence[Outcome], plan: Plan
) -> list[Paired | Unpaired]:
    """A test per metric that both runs have: paired as soon as any sample is in both."""
    pairs = pair(baseline, outcomes)
    tests: list[Paired | Unpaired] = []
    for metric in sorted({outcome.metric for outcome in outcomes}):
        if metric in pairs:
            tests.append(Paired(metric, pairs[metric], plan.slice_by, plan.search))
            continue
        before, after = (
            [one for one in side if one.metric == metric and not one.errored]
            for side in (baseline, outcomes)
        )
        if before and after:
            tests.append(Unpaired(metric, before, after, plan.slice_by, plan.search))
    return tests


def _weights(discovered: Sequence[bool]) -> list[float]:
    """1 on average; half of all weight on the named slices, however many are searched."""
    searched = sum(discovered)
    named = len(discovered) - searched
    if not (searched and named):
        return [1.0] * len(discovered)
    half = len(discovered) / 2
    return [half / searched if one else half / named for one in discovered]


def _explained(
    test: Paired | Unpaired, judged: Sequence[tuple[Slice, Comparison]], beyond_chance: float
) -> list[Comparison]:
    """The named comparisons, and of the searched ones those that regressed.

    Of slices that regressed, those stay that explain the others: one that is worse only through a
    narrower one yields to it, and one whose samples outside of those chosen are not worse by
    themselves tells nothing of its own. Parts are held to the highest p-value that the correction
    lets pass (``beyond_chance``): they come out of the same search. Strongest evidence first; of
    the same, the narrower.
    A named slice yields to none that was searched for: what is inside it is the same cause, and
    one brief answers it.
    """

    def alone(members: int) -> tuple[bool, float]:
        """Whether these samples are worse by themselves, and how far their pass rate fell."""
        (found,) = test.compare([Slice((), members)])
        return found.worse and found.p_value <= beyond_chance, _fall(found)

    def only_through(one: Slice, inner: Slice, comparison: Comparison) -> bool:
        """Whether a slice is worse only through an inner one: the rest of it has not fallen.

        The rest may be too small for a test, so it must not have fallen half as far either.
        """
        worse, fall = alone(one.members & ~inner.members)
        return not worse and 2 * fall < _fall(comparison)

    ranked = sorted(
        (pair for pair in judged if pair[1].regressed),
        key=lambda pair: (pair[1].p_value, pair[1].counts.pairs, pair[0].key),
    )
    named = [one.members for one, _ in ranked if not one.discovered]

    def yields(one: Slice, comparison: Comparison) -> bool:
        """Whether another slice answers for one that was searched for."""
        return any(one.members & ~members == 0 for members in named) or any(
            inner.members != one.members
            and inner.members & ~one.members == 0
            and only_through(one, inner, comparison)
            for inner, _ in ranked[:_STRONGEST]
        )

    chosen: set[SliceKey] = set()
    covered = 0
    for one, comparison in ranked:
        own = one.members & ~covered
        if own and alone(own)[0] and not (one.discovered and yields(one, comparison)):
            chosen.add(comparison.slices)
            covered |= one.members
    return [
        replace(comparison, regressed=comparison.slices in chosen)
        for one, comparison in judged
        if not one.discovered or comparison.slices in chosen
    ]


def _fall(comparison: Comparison) -> float:
    counts = comparison.counts
    return (counts.passed_before - counts.passed_after) / counts.pairs


@dataclass(frozen=True, slots=True)
class RunStanding:
    """What was said of a run."""

    standing: Standing
    baseline_run_id: str | None
    compared: int
    correction: Correction = "benjamini_hochberg"


def dismissal(run: RunStanding, significance: float) -> str:
    """Why the failures of a run that are in no regression need no data work."""
    if run.standing == "reference":
        return "The reference run: what it fails is where comparison starts."
    if run.standing == "infrastructure_failure":
        return (
            "Every sample of the run errored: an infrastructure failure, neither a regression "
            "nor a pass. Run it again."
        )
    if run.standing == "incomparable":
        return f"Nothing was answered in both this run and its baseline {run.baseline_run_id}."
    correction = "-".join(name.capitalize() for name in run.correction.split("_"))
    return (
        f"Their slices did not get worse than in the baseline {run.baseline_run_id} beyond chance "
        f"({correction} over {run.compared} comparisons, q > {significance:g})."
    )
