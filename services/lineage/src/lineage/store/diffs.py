"""What changed between two versions of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, pairwise
from typing import Any

from pyroaring import BitMap

from aidataops.database import Connection, Queries
from lineage.domain import cohorts
from lineage.domain.bitmaps import Difference, difference, shares
from lineage.domain.provenance import VersionSummary
from lineage.store.shelf import ByCohort, Shelf

_QUERIES = Queries.load("lineage")

_SHOWN = 100
"""Cohorts that a diff names, the ones with the most items."""


class DiffStore:
    """Compares sealed versions by their bitmaps; rows are read only where they are shown."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        self._connection = connection
        self._shelf = shelf

    async def diff(
        self,
        before: VersionSummary,
        after: VersionSummary,
        slices: Mapping[str, str],
        *,
        limit: int,
    ) -> dict[str, Any]:
        """Items added, removed and relabelled: how many, by which cohorts, and the first of each.

        ``slices`` narrows it: added items by their slices in the later version, removed ones by
        those in the earlier, relabelled ones by either. A row whose cohort or slices changed counts
        as relabelled, since a version is what it was made of.
        """
        pair = (before.version_id, after.version_id, tuple(sorted(slices.items())))
        found, cohorts_of = await self._shelf.difference(
            pair, lambda: self._compared(before, after, slices)
        )
        changed = {"added": found.added, "removed": found.removed, "relabelled": found.relabelled}
        return {
            "before": before.version_id,
            "after": after.version_id,
            "slices": dict(slices),
            "counts": {name: len(items) for name, items in changed.items()},
            "cohorts": cohorts_of,
            "rows": await self._rows(before, after, changed, limit),
        }

    async def _compared(
        self, before: VersionSummary, after: VersionSummary, slices: Mapping[str, str]
    ) -> tuple[Difference, ByCohort]:
        found = await self.difference(before, after, slices)
        return found, {
            "added": await self._by_cohort(after.version_id, after.project, found.added),
            "removed": await self._by_cohort(before.version_id, after.project, found.removed),
            "relabelled": await self._by_cohort(after.version_id, after.project, found.relabelled),
        }

    async def difference(
        self, before: VersionSummary, after: VersionSummary, slices: Mapping[str, str]
    ) -> Difference:
        """The sets of item ordinals that lead from one version to another."""
        first = await self._shelf.members(self._connection, before.version_id)
        second = await self._shelf.members(self._connection, after.version_id)
        touched, exact = await self._touched(before.version_id, after.version_id)
        touched = first | second if touched is None else touched
        if slices:  # a version's slice holds nothing but its items
            earlier = await self._slice(before.version_id, slices)
            later = await self._slice(after.version_id, slices)
            touched = earlier & touched | later & touched
        found = difference(first, second, touched)
        if exact or not found.relabelled:
            return found
        rows = await self._connection.fetch(
            _QUERIES["really_differing"], before.version_id, after.version_id,
            list(found.relabelled),
        )  # fmt: skip
        return Difference(found.added, found.removed, BitMap(row["ordinal"] for row in rows))

    async def _touched(self, before: str, after: str) -> tuple[BitMap | None, bool]:
        """Items that changed on the way between two versions, and whether all still differ.

        ``None`` when neither is an ancestor of the other: then any item may have changed.
        """
        way = await self._connection.fetchval(
            _QUERIES["steps"], after, before
        ) or await self._connection.fetchval(_QUERIES["steps"], before, after)
        if way is None:
            return None, False
        steps = [
            await self._shelf.changed(self._connection, later, earlier)
            for later, earlier in pairwise(way)
        ]
        return steps[0] if len(steps) == 1 else BitMap.union(BitMap(), *steps), len(steps) <= 1

    async def _slice(self, version_id: str, slices: Mapping[str, str]) -> BitMap:
        sets = [
            await self._shelf.members(self._connection, version_id, "slice", f"{name}={value}")
            for name, value in slices.items()
        ]
        return sets[0] if len(sets) == 1 else BitMap.intersection(*sets)

    async def _by_cohort(
        self, version_id: str, project: str, items: BitMap
    ) -> list[dict[str, Any]]:
        if not items:
            return []
        members = await self._shelf.by_value(self._connection, version_id, "cohort")
        return [
            {
                "cohort": name,
                "guideline": f"{project}/{cohort.guideline_version}" if cohort else None,
                "items": count,
            }
            for name, count in shares(items, members)[:_SHOWN]
            for cohort in (cohorts.parse(name),)
        ]

    async def _rows(
        self,
        before: VersionSummary,
        after: VersionSummary,
        changed: Mapping[str, BitMap],
        limit: int,
    ) -> dict[str, list[dict[str, Any]]]:
        """The first items of each kind of change, by item id: read together, none is in two."""
        shown = {ordinal: name for name in changed for ordinal in islice(changed[name], limit)}
        rows = await self._connection.fetch(
            _QUERIES["rows_in_two_versions"], before.version_id, after.version_id, list(shown)
        )
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in changed}
        for row in map(dict, rows):
            name = shown[row.pop("ordinal")]
            found[name].append({**row, "guidelines": _guidelines(after.project, row)})
        return found


def _guidelines(project: str, row: Any) -> list[str]:
    named = (cohorts.parse(name) for name in row["cohorts_after"] or row["cohorts_before"])
    return sorted({f"{project}/{cohort.guideline_version}" for cohort in named if cohort})
