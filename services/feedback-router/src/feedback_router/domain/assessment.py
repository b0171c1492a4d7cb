"""What a run says against its baseline: which slices got worse, or why nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from feedback_router.domain.outcomes import Outcome, PairedCounts, SliceKey, pair_by_slice
from feedback_router.domain.significance import benjamini_hochberg, mcnemar_two_sided

Standing = Literal["reference", "infrastructure_failure", "incomparable", "compared"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric on one slice against the baseline run."""

    metric: str
    slices: SliceKey
    counts: PairedCounts
    p_value: float
    q_value: float
    regressed: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    """A run's standing and, when it could be compared, every comparison made."""

    standing: Standing
    comparisons: tuple[Comparison, ...] = ()


def assess(
    outcomes: Sequence[Outcome],
    baseline: Sequence[Outcome] | None,
    slice_by: Sequence[str],
    significance: float,
) -> Assessment:
    """Judge a run, given all its outcomes and all of its baseline's (``None``: it has none).

    A slice regressed when its q-value (McNemar's exact test, Benjamini-Hochberg over every metric
    and slice of the run) is at most ``significance`` and more samples were lost than gained. A run
    of nothing but errors is an infrastructure failure: no regression, and no pass either.
    """
    if outcomes and all(outcome.errored for outcome in outcomes):
        return Assessment("infrastructure_failure")
    if baseline is None:
        return Assessment("reference")
    paired = sorted(pair_by_slice(baseline, outcomes, slice_by).items())
    if not paired:
        return Assessment("incomparable")
    p_values = [mcnemar_two_sided(counts.lost, counts.gained) for _, counts in paired]
    comparisons = tuple(
        Comparison(
            metric,
            slices,
            counts,
            p_value,
            q_value,
            regressed=q_value <= significance and counts.lost > counts.gained,
        )
        for ((metric, slices), counts), p_value, q_value in zip(
            paired, p_values, benjamini_hochberg(p_values), strict=True
        )
    )
    return Assessment("compared", comparisons)


def dismissal(standing: Standing, baseline_run_id: str | None, compared: int, alpha: float) -> str:
    """Why the failures of a run that are in no regression need no data work."""
    if standing == "reference":
        return "The reference run: what it fails is where comparison starts."
    if standing == "infrastructure_failure":
        return (
            "Every sample of the run errored: an infrastructure failure, neither a regression "
            "nor a pass. Run it again."
        )
    if standing == "incomparable":
        return f"No sample was answered in both this run and its baseline {baseline_run_id}."
    return (
        f"Their slices did not get worse than in the baseline {baseline_run_id} beyond chance "
        f"(McNemar's exact test, Benjamini-Hochberg over {compared} comparisons, q > {alpha:g})."
    )
