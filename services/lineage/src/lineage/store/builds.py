"""Versions on their way to the seal, a step at a time."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from pyroaring import BitMap

from aidataops.database import Connection, Queries
from aidataops.events.lineage import Recipe
from aidataops.events.quality import ReleasedItem
from aidataops.messaging import Origin
from aidataops.messaging.cloudevents import Cause
from lineage.domain.bitmaps import chunked, packed
from lineage.domain.facets import UNINDEXED, facets_of
from lineage.domain.recipes import kept
from lineage.domain.versions import Row, overlay, released_rows
from lineage.store.membership import MembershipStore
from lineage.store.versions import VersionStore

_QUERIES = Queries.load("lineage")
_ITEMS = TypeAdapter(tuple[ReleasedItem, ...])

PART_ROWS = 1 << 16
"""About how many rows a step works on: some seconds."""

LONG_SECONDS = 1800.0
"""For statements over a part or over all rows of a version; in the background nobody waits."""


@dataclass(frozen=True, slots=True)
class Build:
    """A version that is not sealed yet, and how far it has come."""

    version_id: str
    project: str
    parent_id: str | None
    recipe: str | None
    decision_id: str | None
    planned: bool
    hash: str | None


class BuildStore:
    """The steps of a build. Each follows from what is held; which is next, ``Building`` says."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._members = MembershipStore(connection)

    async def begin(self, version_id: str, parent_id: str | None, cause: Cause) -> int:
        """Hold that a version is to be built from what is known now; returns about how many rows
        it will have. The lock of the versions is held.
        """
        rows = await self._connection.fetchval(
            _QUERIES["add_build"], version_id, cause.event_id, cause.correlation_id,
            cause.traceparent.decode(), parent_id,
        )  # fmt: skip
        await self._connection.execute(_QUERIES["add_build_batches"], version_id)
        return int(rows)

    async def open_builds(self) -> list[tuple[str, Origin]]:
        """The versions that are being built, and what each is built because of."""
        rows = await self._connection.fetch(_QUERIES["builds"])
        return [
            (
                row["version_id"],
                Origin(row["event_id"], row["correlation_id"], row["traceparent"].encode()),
            )
            for row in rows
        ]

    async def hold(self, version_id: str) -> Build | None:
        """Keep others from this build until the end of the transaction; ``None`` if one is at it,
        or it is sealed.
        """
        row = await self._connection.fetchrow(_QUERIES["build"], version_id)
        return row and Build(
            version_id, row["project"], row["parent_id"], row["recipe"], row["decision_id"],
            row["planned"], row["hash"],
        )  # fmt: skip

    async def add_batches(self, build: Build) -> bool:
        """Let the next batches' rows in; ``False`` when there are no more."""
        batches = await self._connection.fetch(
            _QUERIES["last_batches"], build.version_id, PART_ROWS
        )
        if not batches:
            return False
        rows = overlay(
            released_rows(row["batch_id"], row["revision"], _ITEMS.validate_json(row["items"]))
            for row in sorted(batches, key=lambda row: int(row["place"]))
        )
        await VersionStore(self._connection).add_rows(build.version_id, rows, under=True)
        return True

    async def plan(self, build: Build) -> bool:
        """Say which items the version will have: its own and its parent's, without those that are
        erased and those that its recipe leaves out.
        """
        name = build.version_id
        await self._connection.execute(
            _QUERIES["add_ordinals_of_version"], name, timeout=LONG_SECONDS
        )
        own = await self._read("ordinals_of_version", name)
        plan = own
        if build.parent_id is not None:
            parent = await self._members.members(build.parent_id, "all")
            plan = (own | parent.get("", BitMap())) - await self._read("ordinals_erased")
        recipe = Recipe.model_validate_json(build.recipe or "{}")
        if recipe != Recipe(seed=recipe.seed):
            plan &= await self._chosen(build, recipe)
        await self._connection.execute(
            _QUERIES["drop_rows"], name, list(own - plan), timeout=LONG_SECONDS
        )
        await self._add_members(name, {("all", ""): plan})
        await self._connection.execute(_QUERIES["set_planned"], name)
        return True

    async def build_part(self, build: Build) -> bool:
        """Make the next part of the plan: rows, bitmaps, counts; ``False`` when all are made."""
        name = build.version_id
        plan = await self._members.parts(name)
        rows = await self._connection.fetch(_QUERIES["finished_parts"], name)
        chunks = _next(plan, {row["chunk"] for row in rows})
        if not chunks:
            return False
        part = [ordinal for chunk in chunks for ordinal in plan[chunk]]
        if build.parent_id is not None:
            await self._connection.execute(
                _QUERIES["inherit_rows"], name, build.parent_id, part, timeout=LONG_SECONDS
            )
        strata = await self._connection.fetch(
            _QUERIES["members_by_stratum"], name, part, timeout=LONG_SECONDS
        )
        sets: dict[tuple[str, str], BitMap] = defaultdict(BitMap)
        for row in strata:
            members = BitMap(row["ordinals"])
            for facet in facets_of(build.project, row["slices"], row["cohorts"], row["release_id"]):
                sets[facet] |= members
        await self._add_counts(name, sets)
        await self._add_members(name, {key: sets[key] for key in sets if key[0] not in UNINDEXED})
        return True

    async def compare_part(self, build: Build) -> bool:
        """Note for the next part what is not the same in a sealed relative; ``False`` at the end.

        Either of two relatives may be sealed first; the second compares.
        """
        plan = await self._members.parts(build.version_id)
        for pair in await self._connection.fetch(_QUERIES["relatives"], build.version_id):
            other = await self._members.parts(pair["other_id"])
            names = pair["version_id"], pair["parent_id"]
            rows = await self._connection.fetch(_QUERIES["compared_parts"], *names)
            either = {
                chunk: plan.get(chunk, BitMap()) | other.get(chunk, BitMap())
                for chunk in plan.keys() | other.keys() or {0}
            }
            if chunks := _next(either, {row["chunk"] for row in rows}):
                both = [
                    n for chunk in chunks for n in plan.get(chunk, ()) if n in other.get(chunk, ())
                ]
                await self._add_changes(names, either, chunks, both)
                return True
        return False

    async def take_hash(self, build: Build) -> bool:
        """Compute the content hash; it holds as long as no row goes."""
        await self._connection.execute(_QUERIES["set_hash"], build.version_id, timeout=LONG_SECONDS)
        return True

    async def forget_erased(self, build: Build) -> bool:
        """Let what was erased since the plan go out of it; returns whether there was any."""
        if build.parent_id is None:
            return False
        plan = await self._members.parts(build.version_id)
        erased = await self._read("ordinals_erased")
        touched = {chunk: part - erased for chunk, part in plan.items() if part & erased}
        if not touched:
            return False
        name = build.version_id
        gone = BitMap.union(*(plan[chunk] for chunk in touched)) & erased
        await self._connection.execute(_QUERIES["drop_rows"], name, list(gone))
        await self._connection.execute(_QUERIES["undo_parts"], name, list(touched))
        await self._add_members(name, {("all", ""): BitMap.union(*touched.values())})
        return True

    async def seal(self, build: Build) -> None:
        """Close the version for good. The lock of the versions is held."""
        await self._connection.execute(_QUERIES["sum_counts"], build.version_id)
        await self._connection.execute(_QUERIES["seal"], build.version_id)
        await self._connection.execute(_QUERIES["publish_decision"], build.decision_id)

    async def _chosen(self, build: Build, recipe: Recipe) -> BitMap:
        """The items that a recipe keeps. Rows come through a cursor, so that nobody waits."""
        cursor = self._connection.cursor(
            _QUERIES["candidates"], build.version_id, build.parent_id, prefetch=5000
        )
        ordinals: dict[str, int] = {}
        rows: list[Row] = []
        async for row in cursor:
            ordinals[row["item_id"]] = row["ordinal"]
            slices = json.loads(row["slices"])
            rows.append(Row(row["item_id"], row["value"], tuple(row["cohorts"]), slices))
        await self._connection.execute(_QUERIES["take_time"])
        stay = await to_thread(kept, rows, recipe)
        return BitMap(ordinals[row.item_id] for row in stay)

    async def _read(self, query: str, *arguments: object) -> BitMap:
        """A set of ordinals that may be as large as a version."""
        found = BitMap()
        cursor = await self._connection.cursor(_QUERIES[query], *arguments)
        while page := await cursor.fetch(PART_ROWS, timeout=LONG_SECONDS):
            found |= BitMap(row["ordinal"] for row in page)
        return found

    async def _add_members(self, name: str, sets: Mapping[tuple[str, str], BitMap]) -> None:
        parts = [
            (*key, chunk, packed(part))
            for key in sorted(sets)
            for chunk, part in chunked(sets[key]).items()
        ]
        if parts:
            await self._connection.execute(
                _QUERIES["add_memberships"],
                name,
                *(list(column) for column in zip(*parts, strict=True)),
            )

    async def _add_counts(self, name: str, sets: Mapping[tuple[str, str], BitMap]) -> None:
        counts = [
            (chunk, *key, len(part))
            for key in sorted(sets)
            for chunk, part in chunked(sets[key]).items()
        ]
        await self._connection.execute(
            _QUERIES["add_counts"], name, *(list(column) for column in zip(*counts, strict=True))
        )

    async def _add_changes(
        self,
        names: tuple[str, str],
        either: Mapping[int, BitMap],
        chunks: Sequence[int],
        both: list[int],
    ) -> None:
        rows = await self._connection.fetch(
            _QUERIES["differing"], *names, both, timeout=LONG_SECONDS
        )
        same = BitMap(both) - BitMap(row["ordinal"] for row in rows)
        changed = [packed(either[chunk] - same) for chunk in chunks]
        await self._connection.execute(_QUERIES["add_changes"], *names, list(chunks), changed)


def _next(parts: Mapping[int, BitMap], done: set[int]) -> list[int]:
    """Chunks that are not done yet: one, or several that have few items."""
    chosen: list[int] = []
    for chunk in sorted(parts.keys() - done):
        if chosen and sum(len(parts[each]) for each in (*chosen, chunk)) > PART_ROWS:
            break
        chosen.append(chunk)
    return chosen
