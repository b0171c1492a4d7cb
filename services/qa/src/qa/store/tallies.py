"""What is counted of units by scope, kept up to date unit by unit."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.database import Connection, Queries
from qa.domain.units import Tally, Unit, Vote, difference, name_of
from qa.store.rows import AnnotatorKey, ItemKey, columns

_QUERIES = Queries.load("qa")

UnitKey = tuple[str, str]
"""Batch, item."""
ScopeKey = tuple[str, str, str]
"""Project, scope, value of the scope."""


@dataclass(frozen=True)
class Due:
    """A scope that has to be measured; the revision tells a later change."""

    key: ScopeKey
    revision: int


async def put_due(connection: Connection, scopes: Collection[ScopeKey]) -> None:
    """Have scopes measured anew in the background."""
    await connection.execute(_QUERIES["put_due"], *columns(scopes, 3))


class TallyStore:
    """Tallies add up over units; each unit is kept as it was last tallied, so that a label that is
    added, changed, withdrawn or no longer trusted costs a few rows, however many units there are.
    Writing needs the projects' locks.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def retally_labels(self, label_ids: Collection[str]) -> None:
        """Tally the units of labels anew."""
        await self._retally_listed("list_units_of_labels", list(label_ids))

    async def retally_items(self, items: Collection[ItemKey]) -> None:
        """Tally the units of items (project, item) anew."""
        await self._retally_listed("list_units_of_items", *columns(items, 2))

    async def retally_annotators(self, annotators: Collection[AnnotatorKey]) -> None:
        """Tally everything anew that these people answered."""
        if annotators:
            await self._retally_listed("list_units_of_annotators", *columns(annotators, 3))

    async def _retally_listed(self, query: str, *arguments: object) -> None:
        rows = await self._connection.fetch(_QUERIES[query], *arguments)
        await self.retally({(row["batch_id"], row["item_id"]) for row in rows})

    async def retally(self, units: Collection[UnitKey]) -> None:
        """Tally units anew and have the scopes that change measured."""
        if not units:
            return
        now = await self.list_units(units)
        before = await self.list_tallied(units)
        changed = {key for key in now.keys() | before.keys() if now.get(key) != before.get(key)}
        await self._put_units({key: now[key] for key in changed if key in now})
        await self._connection.execute(
            _QUERIES["drop_measured_units"], *columns(changed - now.keys(), 2)
        )
        await self._add(
            [before[key] for key in changed if key in before],
            [now[key] for key in changed if key in now],
        )

    async def list_units(self, units: Collection[UnitKey]) -> dict[UnitKey, Unit]:
        """The units that have labels, as the labels are now."""
        heads: dict[UnitKey, Any] = {}
        votes: defaultdict[UnitKey, list[Vote]] = defaultdict(list)
        for row in await self._connection.fetch(_QUERIES["list_votes"], *columns(units, 2)):
            key = row["batch_id"], row["item_id"]
            heads.setdefault(key, row)
            if row["label_id"] is not None:
                votes[key].append(
                    Vote(
                        row["vendor"],
                        row["annotator"],
                        row["cohort"],
                        row["guideline_version"],
                        row["value"],
                        row["trusted"],
                    )
                )
        return {
            key: Unit(
                heads[key]["project"],
                json.loads(heads[key]["slices"]),
                heads[key]["golden"],
                tuple(given),
            )
            for key, given in votes.items()
        }

    async def list_tallied(self, units: Collection[UnitKey]) -> dict[UnitKey, Unit]:
        """The units as they were last tallied."""
        rows = await self._connection.fetch(_QUERIES["list_measured_units"], *columns(units, 2))
        return {(row["batch_id"], row["item_id"]): _unit(row) for row in rows}

    async def list_keys(self, batch_ids: Sequence[str]) -> set[UnitKey]:
        """The units of batches."""
        rows = await self._connection.fetch(_QUERIES["list_keys"], list(batch_ids))
        return {(row["batch_id"], row["item_id"]) for row in rows}

    async def list_project(self, project: str) -> Counter[Tally]:
        """Everything that is counted of a project."""
        rows = await self._connection.fetch(_QUERIES["list_tallies_of_project"], project)
        names = ("scope", "scope_value", "kind", "content")
        return Counter({Tally(*(row[name] for name in names)): row["units"] for row in rows})

    async def mark_annotators(self, annotators: Collection[AnnotatorKey]) -> None:
        """Have these people looked at anew: how long they took is in no tally."""
        scopes = {
            (project, "annotator", name_of(vendor, annotator))
            for project, vendor, annotator in annotators
        }
        await put_due(self._connection, scopes)

    async def mark_projects(self, projects: Collection[str]) -> None:
        """Have everything of these projects measured anew."""
        await self._connection.execute(_QUERIES["mark_projects"], list(projects))

    async def lead(self) -> bool:
        """Whether nobody else measures until this transaction ends."""
        return bool(await self._connection.fetchval(_QUERIES["lead_measuring"]))

    async def list_due(self, most: int) -> list[Due]:
        """What waits longest to be measured."""
        return [
            Due((row["project"], row["scope"], row["scope_value"]), row["revision"])
            for row in await self._connection.fetch(_QUERIES["list_due"], most)
        ]

    async def drop_due(self, measured: Sequence[Due]) -> None:
        """What was measured, unless it has changed meanwhile."""
        await self._connection.execute(
            _QUERIES["drop_due"],
            *columns([due.key for due in measured], 3),
            [due.revision for due in measured],
        )

    async def list_tallies(
        self, scopes: Collection[ScopeKey]
    ) -> Mapping[ScopeKey, Counter[tuple[str, str]]]:
        """Scope → (kind, content) → units."""
        found: defaultdict[ScopeKey, Counter[tuple[str, str]]] = defaultdict(Counter)
        for row in await self._connection.fetch(_QUERIES["list_tallies"], *columns(scopes, 3)):
            key = row["project"], row["scope"], row["scope_value"]
            found[key][row["kind"], row["content"]] = row["units"]
        return found

    async def _put_units(self, units: Mapping[UnitKey, Unit]) -> None:
        await self._connection.execute(
            _QUERIES["put_measured_units"],
            *columns(units, 2),
            [unit.project for unit in units.values()],
            [_written(unit) for unit in units.values()],
        )

    async def _add(self, before: Sequence[Unit], after: Sequence[Unit]) -> None:
        changes: defaultdict[str, Counter[Tally]] = defaultdict(Counter)
        for project in {unit.project for unit in (*before, *after)}:
            changes[project].update(
                difference(
                    (unit for unit in before if unit.project == project),
                    (unit for unit in after if unit.project == project),
                )
            )
        await self.add({key: dict(tallies) for key, tallies in changes.items()})

    async def add(self, changes: Mapping[str, Mapping[Tally, int]]) -> None:
        """Add to (or take from) what is counted per project, and have it measured."""
        rows = [
            (project, *tally, number)
            for project, tallies in changes.items()
            for tally, number in tallies.items()
        ]
        empty = await self._connection.fetch(
            _QUERIES["put_tallies"],
            *columns([row[:5] for row in rows], 5),
            [row[5] for row in rows],
        )
        names = ("project", "scope", "scope_value", "kind", "digest")
        await self._connection.execute(
            _QUERIES["drop_tallies"], *[[row[name] for row in empty] for name in names]
        )
        scopes = {row[:3] for row in rows}
        golden = {(row[0], "consensus", "") for row in rows if _is_golden(row[3], row[4])}
        await put_due(self._connection, scopes | golden)


def _is_golden(kind: str, content: str) -> bool:
    return kind == "answer" and content.startswith('["golden"')


def _unit(row: Any) -> Unit:
    content = json.loads(row["unit"])
    votes = tuple(Vote(*vote) for vote in content["votes"])
    return Unit(row["project"], content["slices"], content["golden"], votes)


def _written(unit: Unit) -> str:
    return json.dumps({"slices": dict(unit.slices), "golden": unit.golden, "votes": unit.votes})
