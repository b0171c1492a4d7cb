"""Which rows a recipe keeps: a pure choice, the same for the same rows in any order."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor

from aidataops.events.lineage import Mixture, Quota, Recipe, RowFilter
from lineage.domain import cohorts
from lineage.domain.versions import Row

_OF_COHORT = ("vendor", "pool", "guideline_version", "batch")


def kept(rows: Iterable[Row], recipe: Recipe) -> list[Row]:
    """The rows that stay: filtered, then cut to the quotas, then mixed. In no particular order."""
    chosen = [row for row in rows if all(_passes(row, each) for each in recipe.filters)]
    for quota in recipe.quotas:
        chosen = _within(chosen, quota, recipe.seed)
    return chosen if recipe.mixture is None else _mixed(chosen, recipe.mixture, recipe.seed)


def _passes(row: Row, rule: RowFilter) -> bool:
    values = _values(row, rule.dimension)
    allowed = not rule.allowed or (bool(values) and all(each in rule.allowed for each in values))
    return allowed and not any(each in rule.excluded for each in values)


def _values(row: Row, dimension: str) -> list[str]:
    if dimension == "value":
        return [row.value]
    if dimension == "cohort":
        return list(row.cohorts)
    if dimension in _OF_COHORT:
        named = (cohorts.parse(name) for name in row.cohorts)
        return [getattr(cohort, dimension) for cohort in named if cohort]
    return [row.slices[dimension]] if dimension in row.slices else []


def _within(rows: Sequence[Row], quota: Quota, seed: str) -> list[Row]:
    inside = [row for row in rows if quota.slices.items() <= row.slices.items()]
    dropped = {row.item_id for row in _drawn(inside, seed)[quota.maximum :]}
    return [row for row in rows if row.item_id not in dropped]


def _mixed(rows: Sequence[Row], mixture: Mixture, seed: str) -> list[Row]:
    """As many rows as the shares allow without taking one twice; counts are rounded down."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.slices.get(mixture.attribute, "")].append(row)
    weights = {share.value: share.weight for share in mixture.shares}
    whole = sum(weights.values())
    parts = min(Fraction(len(groups[name]), weight) for name, weight in weights.items())
    if mixture.maximum is not None:
        parts = min(parts, Fraction(mixture.maximum, whole))
    return [
        row
        for name, weight in sorted(weights.items())
        for row in _drawn(groups[name], seed)[: floor(parts * weight)]
    ]


def _drawn(rows: Sequence[Row], seed: str) -> list[Row]:
    """The rows in an order that their ids and the seed give, and nothing else."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}\0{row.item_id}".encode()).digest())
