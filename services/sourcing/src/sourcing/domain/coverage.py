"""Whether the accepted items of a project represent its production."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Literal

from aidataops.events.base import Slices
from aidataops.events.sourcing import (
    CoverageMeasured,
    FloorMeasured,
    SliceRepresentation,
    SliceShare,
)
from sourcing.domain.divergence import (
    benjamini_hochberg,
    chi_square,
    chi_square_tail,
    defect_rate_bound,
    jensen_shannon,
    population_stability_index,
    two_sided,
)
from sourcing.domain.production import Production, lies_in, sort_into

MAXIMUM_SLICES = 1000
"""The largest slices that one measurement lists; it has to fit into one record."""

MAXIMUM_MISSING = 10_000
"""Items that one deficit asks for at once."""

ItemCounts = Sequence[tuple[Slices, int]]
Verdict = Literal["passed", "failed", "inconclusive"]


def measure_coverage(
    project: str, counts: ItemCounts, production: Production | None = None
) -> CoverageMeasured:
    """Shares of the pool per combination of slices, the largest first, and beside production.

    Without production weights nothing can be said about representation: PSI and Jensen-Shannon
    divergence are null, not 0.
    """
    ranked = sorted(counts, key=lambda count: (-count[1], sorted(count[0].items())))
    total = sum(items for _, items in ranked)
    measured = CoverageMeasured(
        project=project,
        items=total,
        shares=tuple(
            SliceShare(slices=slices, items=items, share=items / total)
            for slices, items in ranked[:MAXIMUM_SLICES]
        ),
    )
    if production is None or not (production.weights or production.floors):
        return measured
    floors = _measure_floors(production, counts)
    verdict: Verdict = "failed" if any(floor.missing for floor in floors) else "passed"
    reason = "a consequential slice is under its floor" if verdict == "failed" else None
    measured = measured.model_copy(
        update={"floors": floors, "weights_revision": production.revision}
    )
    if production.weights:
        measured, found, why = _represent(measured, production, counts)
        if verdict == "passed":
            verdict, reason = found, why
    return measured.model_copy(update={"verdict": verdict, "reason": reason})


def _measure_floors(production: Production, counts: ItemCounts) -> tuple[FloorMeasured, ...]:
    found = []
    for floor in production.floors:
        items = sum(number for slices, number in counts if lies_in(slices, floor.slices))
        found.append(
            FloorMeasured(
                slices=floor.slices,
                items=items,
                floor=floor.items,
                missing=max(0, floor.items - items),
                reason=floor.reason,
                defect_rate_bound=defect_rate_bound(items),
            )
        )
    return tuple(found)


def _represent(
    measured: CoverageMeasured, production: Production, counts: ItemCounts
) -> tuple[CoverageMeasured, Verdict, str | None]:
    """The measurement with its distance from production, what that says, and why."""
    items, outside = sort_into(production, counts)
    targets, total = production.shares, sum(items)
    if total == 0:
        measured = measured.model_copy(update={"outside": outside})
        return measured, "inconclusive", "no item lies in a slice of production"
    shares = [number / total for number in items]
    statistic, degrees = chi_square(items, targets), len(items) - 1
    p_value = chi_square_tail(statistic, degrees)
    psi = population_stability_index(shares, targets)
    p_values = [
        two_sided((share - target) / sqrt(target * (1 - target) / total)) if target < 1 else 1.0
        for share, target in zip(shares, targets, strict=True)
    ]
    q_values = benjamini_hochberg(p_values)
    verdict, reason = _judge(psi, p_value, min(targets) * total, production)
    wanting = [
        verdict == "failed" and q <= production.significance and share < target
        for q, share, target in zip(q_values, shares, targets, strict=True)
    ]
    missing = _missing(items, targets, wanting)
    representation = [
        SliceRepresentation(
            slices=slices,
            items=items[place],
            share=shares[place],
            target_share=targets[place],
            p_value=p_values[place],
            q_value=q_values[place],
            missing=missing[place],
        )
        for place, (slices, _) in enumerate(production.weights)
    ]
    return (
        measured.model_copy(
            update={
                "population_stability_index": psi,
                "jensen_shannon_bits": jensen_shannon(shares, targets),
                "outside": outside,
                "chi_square": statistic,
                "degrees_of_freedom": degrees,
                "p_value": p_value,
                "representation": tuple(representation),
            }
        ),
        verdict,
        reason,
    )


def _judge(
    psi: float, p_value: float, least_expected: float, production: Production
) -> tuple[Verdict, str | None]:
    """Far and significant fails; far by what chance does in a small pool is inconclusive.

    So is a pool in which the rarest slice is expected less than once: it cannot show that slice.
    """
    if psi > production.psi_limit and p_value <= production.significance:
        return "failed", f"PSI is {psi:.3f}, the limit {production.psi_limit:g}"
    if psi > production.psi_limit:
        return "inconclusive", f"PSI is {psi:.3f}, but so few items may be so by chance"
    if least_expected < 1:
        return "inconclusive", "the pool is too small to show the rarest slice"
    return "passed", None


def _missing(items: Sequence[int], targets: Sequence[float], wanting: Sequence[bool]) -> list[int]:
    """How many items each wanting slice needs so that all of them reach their shares together.

    With the others left as they are the pool grows to T = others / (1 - Σ targets of the wanting);
    each then needs target · T - items.
    """
    others = sum(number for number, wants in zip(items, wanting, strict=True) if not wants)
    rest = sum(target for target, wants in zip(targets, wanting, strict=True) if not wants)
    grown = others / rest if rest > 0 else 0.0
    return [
        min(MAXIMUM_MISSING, max(1, ceil(target * grown - number - 1e-9))) if wants else 0
        for number, target, wants in zip(items, targets, wanting, strict=True)
    ]
