"""What a training set is made of, and which cohorts a slice gained between two versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aidataops.events.base import Slices
from aidataops.events.feedback import CohortEvidence
from feedback_router.domain.significance import benjamini_hochberg, fisher_exact, odds_ratio


@dataclass(frozen=True, slots=True)
class Part:
    """How many rows of a dataset share a slice and a cohort."""

    slices: Slices
    cohort: str
    items: int


@dataclass(frozen=True, slots=True)
class SliceChange:
    """A slice's rows before and after, and its cohorts, most suspicious first.

    ``suspects`` are the cohorts whose share of the slice grew beyond chance.
    """

    items_before: int
    items_after: int
    cohorts: tuple[CohortEvidence, ...]
    suspects: tuple[str, ...]


def cohorts_of(parts: Iterable[Part], slices: Mapping[str, str]) -> Counter[str]:
    """Rows per cohort within one slice."""
    counts: Counter[str] = Counter()
    for part in parts:
        if slices.items() <= part.slices.items():
            counts[part.cohort] += part.items
    return counts


def slice_change(
    before: Iterable[Part], after: Iterable[Part], slices: Mapping[str, str], significance: float
) -> SliceChange:
    """Compare a slice between two training sets, cohort by cohort.

    Per cohort the table is (of the cohort, of others) x (after, before) within the slice; the
    p-values are Fisher's exact, held against ``significance`` after Benjamini-Hochberg.
    """
    old, new = cohorts_of(before, slices), cohorts_of(after, slices)
    old_total, new_total = old.total(), new.total()
    evidence = [
        CohortEvidence(
            cohort=cohort,
            items=new[cohort],
            share_before=old[cohort] / old_total if old_total else 0.0,
            share_after=new[cohort] / new_total if new_total else 0.0,
            odds_ratio=odds_ratio(*table),
            p_value=fisher_exact(*table),
        )
        for cohort in sorted(old.keys() | new.keys())
        for table in [(new[cohort], new_total - new[cohort], old[cohort], old_total - old[cohort])]
    ]
    q_values = benjamini_hochberg([found.p_value or 0.0 for found in evidence])
    suspects = {
        found.cohort
        for found, q_value in zip(evidence, q_values, strict=True)
        if q_value <= significance and found.share_after > found.share_before
    }
    evidence.sort(key=lambda found: (found.cohort not in suspects, found.p_value, found.cohort))
    ranked = tuple(found.cohort for found in evidence if found.cohort in suspects)
    return SliceChange(old_total, new_total, tuple(evidence), ranked)
