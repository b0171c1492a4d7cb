"""The pool counted by slices, and what production looks like."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidataops.events.base import Slices
from aidataops.events.sourcing import ProductionSampled, ProductionWeightsSet
from sourcing.domain.production import Production
from sourcing.store.store import Moment, Store, to_json


@dataclass(frozen=True, slots=True)
class KnownProduction:
    """What production looks like, since when that is known."""

    production: Production
    since: datetime


class CoverageStore(Store):
    """Tables ``slice_counts``, ``production_weights``, ``production_samples``."""

    async def count(self, changes: Iterable[tuple[str, Slices, int]]) -> None:
        """Add to the numbers of accepted items per project and slices."""
        totals: dict[tuple[str, str], int] = {}
        for project, slices, change in changes:
            key = (project, to_json(slices))
            totals[key] = totals.get(key, 0) + change
        projects = [project for project, _ in totals]
        await self.connection.execute(
            self.queries["count_slices"],
            projects,
            [slices for _, slices in totals],
            list(totals.values()),
        )
        await self.connection.execute(self.queries["drop_empty_slices"], projects)

    async def list_counts(self, projects: Collection[str]) -> dict[str, list[tuple[Slices, int]]]:
        """Accepted items per combination of slices; a project without any has an empty list."""
        counts: dict[str, list[tuple[Slices, int]]] = {project: [] for project in projects}
        rows = await self.connection.fetch(self.queries["list_slice_counts"], list(projects))
        for row in rows:
            counts[row["project"]].append((json.loads(row["slices"]), row["items"]))
        return counts

    async def save_weights(self, weights: Sequence[tuple[ProductionWeightsSet, Moment]]) -> None:
        """Write weights down unless a higher revision is known."""
        await self.connection.execute(
            self.queries["save_weights"],
            [each.project for each, _ in weights],
            [each.revision for each, _ in weights],
            [each.model_dump_json() for each, _ in weights],
            [moment.time for _, moment in weights],
            [moment.digest for _, moment in weights],
        )

    async def save_samples(self, samples: Sequence[tuple[ProductionSampled, Moment]]) -> None:
        """Write windows down unless a later report of one is known."""
        await self.connection.execute(
            self.queries["save_samples"],
            [sampled.project for sampled, _ in samples],
            [sampled.window for sampled, _ in samples],
            [sampled.ended_at for sampled, _ in samples],
            [
                json.dumps([count.model_dump() for count in sampled.counts])
                for sampled, _ in samples
            ],
            [moment.time for _, moment in samples],
            [moment.digest for _, moment in samples],
        )

    async def get_production(self, projects: Collection[str]) -> dict[str, KnownProduction]:
        """What is known of production; weights that are set go before sampled ones."""
        sampled: dict[str, list[tuple[Slices, float]]] = {}
        newest: dict[str, datetime] = {}
        for row in await self.connection.fetch(self.queries["sum_samples"], list(projects)):
            part = (json.loads(row["slices"]), row["samples"])
            sampled.setdefault(row["project"], []).append(part)
            newest[row["project"]] = row["newest"]
        known = {
            project: KnownProduction(
                Production(tuple(sorted(parts, key=lambda part: to_json(part[0])))),
                newest[project],
            )
            for project, parts in sampled.items()
        }
        for row in await self.connection.fetch(self.queries["get_weights"], list(projects)):
            given = ProductionWeightsSet.model_validate_json(row["document"])
            weights = tuple((each.slices, each.weight) for each in given.weights)
            if not weights and given.project in known:
                weights = known[given.project].production.weights
            production = Production(
                weights, given.floors, given.psi_limit, given.significance, given.revision
            )
            known[given.project] = KnownProduction(production, row["set_at"])
        return known
