"""What people ask: what is behind a model, whom does this touch, what was it trained on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pyroaring import BitMap

from aidataops.database import Connection, Queries
from lineage.store.membership import MembershipStore, ReachKind
from lineage.store.shelf import Shelf

_QUERIES = Queries.load("lineage")

_JSON = ("attributes", "slices", "known")
_FOUND_IN_MODEL = ("failures", "regressions", "remediations")
_FACETS = ("cohort", "vendor", "guideline", "release")
_SHOWN = 100


class Touching(StrEnum):
    """What may turn out to be wrong."""

    ANNOTATOR = "annotator"
    SOURCE = "source"
    GUIDELINE = "guideline"
    COHORT = "cohort"
    VENDOR = "vendor"
    BATCH = "batch"
    ITEM = "item"


class QuestionStore:
    """Answers from bitmaps and marginals; the few nodes around them come from the graph."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        self._connection = connection
        self._shelf = shelf

    async def trained(self, model: str) -> list[dict[str, Any]]:
        """A model's training runs and dataset versions; those that are only named have no hash."""
        return await self._rows("training_of_model", model)

    async def touches(self, kind: Touching, name: str) -> dict[str, Any]:
        """The versions that something is in, with how many items, and the models made of those.

        An annotator touches the rows that a version took from a cohort in which they labelled the
        item, whether or not their label won: it was seen by those who decided.
        """
        counts = await self.held(kind, name)
        trained = await self._rows("trained_on", sorted(counts))
        sizes = await self._connection.fetch(_QUERIES["sizes"], sorted(counts))
        return {
            "kind": kind,
            "id": name,
            "versions": [
                {"version_id": row["version_id"], "items": counts[row["version_id"]],
                 "of": row["items"], "share": counts[row["version_id"]] / row["items"]}
                for row in sizes
            ],
            "training": trained,
            "models": sorted({row["model"] for row in trained} - {None}),
        }  # fmt: skip

    async def behind(self, model: str) -> dict[str, Any]:
        """What a model was trained on and who made that; what was found wrong with it, and which
        cohorts the slices that failed came from.
        """
        training = await self.trained(model)
        versions = sorted({row["version_id"] for row in training if row["version_id"]})
        facets = await self._facets(versions)
        found = {name: await self._rows(f"{name}_of_model", model) for name in _FOUND_IN_MODEL}
        return {
            "model": model,
            "training": training,
            "cohorts": facets["cohort"],
            "vendors": facets["vendor"],
            "guidelines": facets["guideline"],
            "batches": await self._batches(facets["release"]),
            "annotators": await self._people(versions, "annotator"),
            "sources": await self._people(versions, "source"),
            "slices": await self._failing_slices(versions, found["failures"]),
            "suspects": [
                dict(row)
                for row in await self._connection.fetch(
                    _QUERIES["suspects_of_model"], model, versions
                )
            ],
            **found,
        }

    async def composition(self, version_id: str, dimension: str) -> list[dict[str, Any]]:
        """How many items of a version lie under each value of a dimension, the most first.

        ``dimension`` is ``cohort``, ``vendor``, ``pool``, ``guideline``, ``batch``, ``release``,
        ``source``, ``annotator``, or an attribute of the slices such as ``language``.
        """
        if dimension in ("source", "annotator"):
            counts = await self._shelf.counted(self._connection, version_id, dimension)  # type: ignore[arg-type] # just checked
            return [{"value": name, "items": items} for name, items in counts]
        facet = dimension if dimension in (*_FACETS, "pool", "batch") else "slice"
        rows = await self._connection.fetch(
            _QUERIES["marginals_of_versions"], [version_id], [facet]
        )
        prefix = f"{dimension}=" if facet == "slice" else ""
        return [
            {"value": row["value"].removeprefix(prefix), "items": row["items"]}
            for row in rows
            if row["value"].startswith(prefix)
        ]

    async def held(self, kind: Touching, name: str) -> Mapping[str, int]:
        """Version → how many of its items."""
        if kind is Touching.ITEM:
            rows = await self._connection.fetch(_QUERIES["versions_with_item"], name)
            return {row["version_id"]: 1 for row in rows}
        if kind is Touching.SOURCE:
            return await self._of_source(name)
        if kind is Touching.ANNOTATOR:
            return await self._of_annotator(name)
        rows = await self._connection.fetch(_QUERIES["versions_under"], kind.value, [name])
        return {row["version_id"]: row["items"] for row in rows}

    async def _of_source(self, name: str) -> Mapping[str, int]:
        reached = await MembershipStore(self._connection).reached("source", name)
        items = BitMap.union(*reached.values()) if reached else BitMap()
        versions = await self._connection.fetch(_QUERIES["sealed_names"])
        counts = {
            row["version_id"]: items.intersection_cardinality(
                await self._shelf.members(self._connection, row["version_id"])
            )
            for row in versions
        }
        return {version: count for version, count in counts.items() if count}

    async def _of_annotator(self, name: str) -> Mapping[str, int]:
        reached = await MembershipStore(self._connection).reached("annotator", name)
        held: dict[str, BitMap] = defaultdict(BitMap)
        rows = await self._connection.fetch(_QUERIES["versions_under"], "cohort", list(reached))
        for row in rows:
            members = await self._shelf.members(
                self._connection, row["version_id"], "cohort", row["value"]
            )
            held[row["version_id"]] |= members & reached[row["value"]]
        return {version: len(items) for version, items in held.items() if items}

    async def _facets(self, versions: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Items under each value of the facets; an item that two versions hold counts once."""
        rows = await self._connection.fetch(
            _QUERIES["marginals_of_versions"], versions, list(_FACETS)
        )
        holders: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            holders[row["facet"], row["value"]].append(row)
        counted: dict[str, list[dict[str, Any]]] = {facet: [] for facet in _FACETS}
        for (facet, value), held in holders.items():
            items = held[0]["items"] if len(held) == 1 else await self._once(facet, value, held)
            counted[facet].append({"id": value, "items": items})
        for each in counted.values():
            each.sort(key=lambda entry: (-entry["items"], entry["id"]))
        return counted

    async def _once(self, facet: str, value: str, held: Sequence[Any]) -> int:
        sets = [
            await self._shelf.members(self._connection, row["version_id"], facet, value)
            for row in held
        ]
        return len(BitMap.union(*sets))

    async def _batches(self, releases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        named = [{**each, "batch": each["id"].rpartition("#")[0]} for each in releases]
        known = await self._known("batch", [each["batch"] for each in named])
        return [
            {"id": each["batch"], "release_id": each["id"], "items": each["items"],
             "measured": known.get(each["batch"], {}).get("agreement")}
            for each in named
        ]  # fmt: skip

    async def _people(self, versions: Sequence[str], kind: ReachKind) -> list[dict[str, Any]]:
        """Sources or annotators by the most items they have in one of the versions."""
        most: dict[str, int] = {}
        for version in versions:
            for name, items in await self._shelf.counted(self._connection, version, kind):
                most[name] = max(items, most.get(name, 0))
        shown = sorted(most, key=lambda name: (-most[name], name))[:_SHOWN]
        known = await self._known(kind, shown)
        return [{"id": name, "items": most[name], **known.get(name, {})} for name in shown]

    async def _failing_slices(
        self, versions: Sequence[str], failures: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The cohorts in each slice that failed, by how much more of it they make than of all."""
        if not failures:
            return []
        rows = await self._connection.fetch(
            _QUERIES["marginals_of_versions"], versions, ["stratum"]
        )
        strata = [(json.loads(row["value"]), row["items"]) for row in rows]
        total: dict[str, int] = defaultdict(int)
        for stratum, items in strata:
            for cohort in stratum["cohorts"]:
                total[cohort] += items
        failed: dict[str, int] = defaultdict(int)
        for failure in failures:
            failed[json.dumps(failure["slices"] or {}, sort_keys=True)] += failure["failures"]
        return [
            {"slices": json.loads(name), "failures": failed[name],
             "cohorts": _over_represented(json.loads(name), strata, total)}
            for name in sorted(failed, key=lambda name: (-failed[name], name))[:_SHOWN]
        ]  # fmt: skip

    async def _known(self, kind: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        rows = await self._connection.fetch(_QUERIES["standing_of"], kind, names)
        return {row["id"]: json.loads(row["known"]) for row in rows}

    async def _rows(self, query: str, argument: str | Sequence[str]) -> list[dict[str, Any]]:
        records = await self._connection.fetch(_QUERIES[query], argument)
        return [
            {key: json.loads(value) if key in _JSON and value is not None else value
             for key, value in record.items()}
            for record in records
        ]  # fmt: skip


def _over_represented(
    slices: Mapping[str, str], strata: Sequence[tuple[Any, int]], total: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Cohorts of a slice with their lift: share of the slice over share of everything."""
    inside: dict[str, int] = defaultdict(int)
    for stratum, items in strata:
        if slices.items() <= stratum["slices"].items():
            for cohort in stratum["cohorts"]:
                inside[cohort] += items
    of_slice, of_all = sum(inside.values()), sum(total.values())
    ranked: list[dict[str, Any]] = [
        {"id": cohort, "items": items, "lift": items / of_slice * of_all / total[cohort]}
        for cohort, items in inside.items()
    ]
    return sorted(ranked, key=lambda each: (-each["lift"], -each["items"], each["id"]))[:10]
