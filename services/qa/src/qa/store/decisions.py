"""What people and sourcing decided, and what follows for a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.governance import ItemReleaseDecided, StandardChanged, WaiverGranted
from aidataops.events.quality import ConsensusMethodSelected
from aidataops.events.sourcing import CoverageMeasured, ItemQuarantined
from qa.domain.gate import Coverage, Standard, Terms, Waiver
from qa.domain.golden import UNACCEPTABLE
from qa.store.rows import BatchKey, ItemKey, columns

_QUERIES = Queries.load("qa")

INDEX_DIGITS = 2
"""Digits of the population stability index, whose thresholds are .1 and .25: sourcing measures with
every item, and not each of its verdicts may judge every batch of the project anew."""

Standards = Mapping[tuple[str, str], Standard]
"""(Project, standard) → the value in force."""


class DecisionStore:
    """Decisions in whatever order they came. What the Accountable alone may decide is kept from
    that role only. Whether they are this project's Accountable is seen when a standard or a waiver
    is used; of items let in after all it is sourcing that has to see it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put_methods(self, chosen: Sequence[ConsensusMethodSelected]) -> set[str]:
        """Keep the highest revisions; returns the projects that changed."""
        rows = await self._connection.fetch(
            _QUERIES["put_methods"],
            [one.project for one in chosen],
            [one.revision for one in chosen],
            [one.method for one in chosen],
        )
        return {row["project"] for row in rows}

    async def add_standards(self, changed: Sequence[StandardChanged]) -> set[str]:
        """Keep the Accountable's standards; returns the projects that have new ones."""
        valid = [one for one in changed if one.role == "accountable"]
        rows = await self._connection.fetch(
            _QUERIES["add_standards"],
            [one.decision_id for one in valid],
            [one.subject for one in valid],
            [one.standard for one in valid],
            [one.value for one in valid],
            [one.made_by for one in valid],
            [one.made_at for one in valid],
        )
        return {row["project"] for row in rows}

    async def add_waivers(self, granted: Sequence[WaiverGranted]) -> set[BatchKey]:
        """Keep the Accountable's waivers; returns what they name as project and batch."""
        valid = [one for one in granted if one.role == "accountable"]
        rows = await self._connection.fetch(
            _QUERIES["add_waivers"],
            [one.decision_id for one in valid],
            [one.project for one in valid],
            [one.subject for one in valid],
            [one.check for one in valid],
            [one.made_by for one in valid],
            [one.made_at for one in valid],
            [one.expires_at for one in valid],
        )
        return {(row["project"], row["batch_id"]) for row in rows}

    async def put_coverage(self, measured: Sequence[tuple[str, CoverageMeasured]]) -> set[str]:
        """Keep the latest verdicts, given with their times; returns the projects that changed.

        Needs the projects' locks. The index is kept to `INDEX_DIGITS`.
        """
        valid = [(time, one) for time, one in measured if one.verdict is not None]
        rows = await self._connection.fetch(
            _QUERIES["put_coverage"],
            [one.project for _, one in valid],
            [time for time, _ in valid],
            [one.verdict for _, one in valid],
            [
                None
                if one.population_stability_index is None
                else round(one.population_stability_index, INDEX_DIGITS)
                for _, one in valid
            ],
        )
        return {row["project"] for row in rows}

    async def put_item_gates(
        self, said: Sequence[ItemQuarantined | ItemReleaseDecided]
    ) -> set[ItemKey]:
        """Keep what holds items back, and what was let in after all; returns the items touched."""
        rows = await self._connection.fetch(
            _QUERIES["put_item_gates"],
            [one.project for one in said],
            [one.item_id if isinstance(one, ItemQuarantined) else one.subject for one in said],
            [one.gate for one in said],
            [isinstance(one, ItemQuarantined) for one in said],
        )
        return {(row["project"], row["item_id"]) for row in rows}

    async def list_standards(self, projects: Collection[str]) -> Standards:
        """The standards in force."""
        rows = await self._connection.fetch(_QUERIES["list_standards"], list(projects))
        return {
            (row["project"], row["standard"]): Standard(row["value"], row["decision_id"])
            for row in rows
        }

    async def list_terms(self, heads: Sequence[Any], now: datetime) -> dict[str, Terms]:
        """Batch → what it is held to; ``heads`` are rows of batches with their projects."""
        batch_ids = [row["batch_id"] for row in heads]
        keys = [(row["project"], row["batch_id"]) for row in heads]
        standards = await self.list_standards({row["project"] for row in heads})
        waivers: defaultdict[str, dict[str, Waiver]] = defaultdict(dict)
        for row in await self._connection.fetch(_QUERIES["list_waivers"], *columns(keys, 2), now):
            waiver = Waiver(row["decision_id"], row["expires_at"])
            waivers[row["batch_id"]][row["check_name"]] = waiver
        quarantined: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for row in await self._connection.fetch(_QUERIES["count_quarantined"], batch_ids):
            quarantined[row["batch_id"]][row["gate"]] = row["items"]
        return {
            row["batch_id"]: Terms(
                agreement_floor=standards.get(
                    (row["project"], "agreement_floor"), Standard(row["agreement_floor"])
                ),
                golden_accuracy=standards.get(
                    (row["project"], "golden_accuracy"), Standard(UNACCEPTABLE)
                ),
                coverage_floor=standards.get((row["project"], "coverage_floor")),
                waivers=waivers[row["batch_id"]],
                coverage=_coverage(row),
                quarantined=quarantined[row["batch_id"]],
            )
            for row in heads
        }

    async def list_lapsed(self, now: datetime) -> dict[str, str]:
        """Batch → project, where a verdict stands on a waiver that is over."""
        rows = await self._connection.fetch(_QUERIES["list_lapsed"], now)
        return {row["batch_id"]: row["project"] for row in rows}


def _coverage(row: Any) -> Coverage | None:
    if row["coverage"] is None:
        return None
    return Coverage(row["coverage"], row["population_stability_index"])
