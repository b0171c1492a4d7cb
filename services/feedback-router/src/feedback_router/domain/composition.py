"""What a training set is made of, and which of its cohorts go with a failing slice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aidataops.events.base import Slices
from aidataops.events.feedback import CohortEvidence
from feedback_router.domain.association import Table, fisher_exact, mantel_haenszel, woolf
from feedback_router.domain.significance import benjamini_hochberg

Stratum = tuple[str, ...]
Basis = Literal["composition", "items"]


@dataclass(frozen=True, slots=True)
class Part:
    """How many rows of a dataset share a slice and a cohort."""

    slices: Slices
    cohort: str
    items: int


@dataclass(frozen=True, slots=True)
class Weighing:
    """How cohorts are held against each other.

    ``stratify_by`` names attributes within whose values cohorts are compared, so that a cohort is
    not blamed for the domain it happens to come from; ``quality`` is what quality control has
    found, by cohort.
    """

    significance: float
    stratify_by: Sequence[str] = ()
    quality: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SliceChange:
    """Two sets of rows and their cohorts, most suspicious first.

    By ``composition`` the rows of a slice before and after, by ``items`` all other rows and those
    that failures name. ``suspects`` are the cohorts whose share grew beyond chance, also within
    strata.
    """

    items_before: int
    items_after: int
    cohorts: tuple[CohortEvidence, ...]
    suspects: tuple[str, ...]
    basis: Basis = "composition"


def slice_change(
    before: Iterable[Part], after: Iterable[Part], slices: Mapping[str, str], weighing: Weighing
) -> SliceChange:
    """Compare a slice between two training sets, cohort by cohort.

    Per cohort and stratum the table is (of the cohort, of others) x (after, before). Cohorts that
    quality control has something against come first among the suspects; it alone blames nobody.
    """
    inside = [
        [part for part in parts if slices.items() <= part.slices.items()]
        for parts in (before, after)
    ]
    return _weigh(_counts(inside[1], weighing), _counts(inside[0], weighing), weighing)


def item_change(named: Iterable[Part], rows: Iterable[Part], weighing: Weighing) -> SliceChange:
    """Compare the training rows that failures name as suspects with all others.

    ``rows`` are the whole training set, the ``named`` among them. Per cohort and stratum the table
    is (of the cohort, of others) x (named, not named).
    """
    suspected = _counts(named, weighing)
    others = _counts(rows, weighing)
    others.subtract(suspected)
    change = _weigh(suspected, +others, weighing)
    return replace(
        change,
        basis="items",
        cohorts=tuple(one.model_copy(update={"basis": "items"}) for one in change.cohorts),
    )


def _counts(parts: Iterable[Part], weighing: Weighing) -> Counter[tuple[str, Stratum]]:
    counts: Counter[tuple[str, Stratum]] = Counter()
    for part in parts:
        stratum = tuple(part.slices.get(name, "") for name in weighing.stratify_by)
        counts[part.cohort, stratum] += part.items
    return counts


def _weigh(
    new: Counter[tuple[str, Stratum]], old: Counter[tuple[str, Stratum]], weighing: Weighing
) -> SliceChange:
    strata = sorted({stratum for _, stratum in new | old})
    totals: dict[Stratum, tuple[int, int]] = {
        stratum: (_within(new, stratum), _within(old, stratum)) for stratum in strata
    }
    tables: dict[str, list[Table]] = defaultdict(list)
    for cohort in sorted({cohort for cohort, _ in new | old}):
        for stratum, (added, kept) in totals.items():
            a, c = new[cohort, stratum], old[cohort, stratum]
            tables[cohort].append((a, added - a, c, kept - c))
    crude = {
        cohort: (sum(a), sum(b), sum(c), sum(d))
        for cohort, each in tables.items()
        for a, b, c, d in [zip(*each, strict=True)]
    }
    p_values = [fisher_exact(*table) for table in crude.values()]
    quality = weighing.quality or {}
    evidence = [
        _evidence(cohort, crude[cohort], tables[cohort], p_value, q_value, quality.get(cohort))
        for cohort, p_value, q_value in zip(
            crude, p_values, benjamini_hochberg(p_values), strict=True
        )
    ]
    suspects = {
        found.cohort
        for found in evidence
        if (found.q_value or 0.0) <= weighing.significance
        and found.share_after > found.share_before
        and _holds_within(tables[found.cohort], found)
    }
    evidence.sort(
        key=lambda found: (
            found.cohort not in suspects,
            found.quality is None,
            found.p_value,
            found.cohort,
        )
    )
    ranked = tuple(found.cohort for found in evidence if found.cohort in suspects)
    return SliceChange(old.total(), new.total(), tuple(evidence), ranked)


def _within(counts: Counter[tuple[str, Stratum]], stratum: Stratum) -> int:
    return sum(items for (_, where), items in counts.items() if where == stratum)


def _evidence(
    cohort: str,
    table: Table,
    strata: Sequence[Table],
    p_value: float,
    q_value: float,
    quality: str | None,
) -> CohortEvidence:
    a, b, c, d = table
    crude, pooled = woolf(table), mantel_haenszel(strata)
    return CohortEvidence(
        cohort=cohort,
        items=a,
        share_before=c / (c + d) if c + d else 0.0,
        share_after=a / (a + b) if a + b else 0.0,
        odds_ratio=crude.ratio,
        lower=crude.lower,
        upper=crude.upper,
        p_value=p_value,
        q_value=q_value,
        mantel_haenszel=pooled.ratio if pooled else None,
        mantel_haenszel_lower=pooled.lower if pooled else None,
        mantel_haenszel_upper=pooled.upper if pooled else None,
        quality=quality,
    )


def _holds_within(strata: Sequence[Table], found: CohortEvidence) -> bool:
    """Whether the association is there within strata too; of one stratum it is the crude one."""
    if len(strata) == 1:
        return True
    return found.mantel_haenszel_lower is not None and found.mantel_haenszel_lower > 1
