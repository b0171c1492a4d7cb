"""What changed between two versions of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pyroaring import BitMap

from aidataops.database import Connection, Queries
from lineage.domain import cohorts
from lineage.domain.bitmaps import Difference, difference, shares
from lineage.domain.provenance import VersionSummary
from lineage.store.membership import MembershipStore
from lineage.store.shelf import Shelf

_QUERIES = Queries.load("lineage")


class DiffStore:
    """Compares sealed versions by their bitmaps; rows are read only where they are shown."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        self._connection = connection
        self._members = MembershipStore(connection)
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
        found = await self.difference(before, after, slices)
        changed = {
            "added": (found.added, after.version_id),
            "removed": (found.removed, before.version_id),
            "relabelled": (found.relabelled, after.version_id),
        }
        return {
            "before": before.version_id,
            "after": after.version_id,
            "slices": dict(slices),
            "counts": {name: len(items) for name, (items, _) in changed.items()},
            "cohorts": {
                name: await self._by_cohort(version_id, after.project, items)
                for name, (items, version_id) in changed.items()
            },
            "rows": {
                name: await self._rows(before, after, items, limit)
                for name, (items, _) in changed.items()
            },
        }

    async def difference(
        self, before: VersionSummary, after: VersionSummary, slices: Mapping[str, str]
    ) -> Difference:
        """The sets of item ordinals that lead from one version to another."""
        held = [
            await self._shelf.members(self._connection, name)
            for name in (before.version_id, after.version_id)
        ]
        touched, exact = await self._touched(before.version_id, after.version_id)
        found = difference(held[0], held[1], held[0] | held[1] if touched is None else touched)
        if slices:
            earlier = await self._slice(before.version_id, slices)
            later = await self._slice(after.version_id, slices)
            found = Difference(
                found.added & later, found.removed & earlier, found.relabelled & (earlier | later)
            )
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
        steps = [await self._members.changed(later, earlier) for later, earlier in pairwise(way)]
        return BitMap.union(*steps) if steps else BitMap(), len(steps) <= 1

    async def _slice(self, version_id: str, slices: Mapping[str, str]) -> BitMap:
        sets = [
            await self._shelf.members(self._connection, version_id, "slice", f"{name}={value}")
            for name, value in slices.items()
        ]
        return BitMap.intersection(*sets)

    async def _by_cohort(
        self, version_id: str, project: str, items: BitMap
    ) -> list[dict[str, Any]]:
        if not items:
            return []
        members = await self._members.among(version_id, "cohort", items)
        return [
            {
                "cohort": name,
                "guideline": f"{project}/{cohort.guideline_version}" if cohort else None,
                "items": count,
            }
            for name, count in shares(items, members)
            for cohort in (cohorts.parse(name),)
        ]

    async def _rows(
        self, before: VersionSummary, after: VersionSummary, items: BitMap, limit: int
    ) -> list[dict[str, Any]]:
        rows = await self._connection.fetch(
            _QUERIES["rows_in_two_versions"], before.version_id, after.version_id,
            items[:limit].to_array().tolist() if items else [],
        )  # fmt: skip
        return [{**dict(row), "guidelines": _guidelines(after.project, row)} for row in rows]


def _guidelines(project: str, row: Any) -> list[str]:
    named = (cohorts.parse(name) for name in row["cohorts_after"] or row["cohorts_before"])
    return sorted({f"{project}/{cohort.guideline_version}" for cohort in named if cohort})
