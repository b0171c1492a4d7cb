"""The tables of sources, items, briefs and slice counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.base import Slices
from aidataops.events.sourcing import BriefOpened, ItemSubmitted, SourceSubmitted
from sourcing.domain.gates import Candidate, Content, Hold, KnownSource, Verdict
from sourcing.domain.licences import Licence

ItemKey = tuple[str, str]
"""Project and item id."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When an event happened; the digest of its content makes the order total."""

    time: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item with the verdict that is written down for it."""

    submitted: ItemSubmitted
    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, the items chosen so far as written down, and those that should be chosen now."""

    opened: BriefOpened
    chosen: tuple[str, ...] | None
    choice: tuple[str, ...] | None


class SourcingStore:
    """Set-wise reads and writes; decisions are made under the locks of sources and projects."""

    queries = Queries.load("sourcing")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_sources(self, sources: Collection[str]) -> None:
        """Keep others from deciding about these sources until the transaction ends.

        Comes before ``lock_projects``, everywhere.
        """
        await self._connection.execute(
            self.queries["lock"], [f"source/{source}" for source in sources]
        )

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Keep others from deciding about items and briefs of these projects."""
        await self._connection.execute(
            self.queries["lock"], [f"project/{project}" for project in projects]
        )

    async def add_sources(
        self, sources: Sequence[tuple[SourceSubmitted, Licence, Moment]]
    ) -> set[str]:
        """Write sources down unless an earlier submission is known; returns the written ids."""
        rows = await self._connection.fetch(
            self.queries["add_sources"],
            [source.source_id for source, _, _ in sources],
            [source.project for source, _, _ in sources],
            [source.name for source, _, _ in sources],
            [source.kind for source, _, _ in sources],
            [source.provenance.model_dump_json() for source, _, _ in sources],
            [licence.expression for _, licence, _ in sources],
            [licence.problem for _, licence, _ in sources],
            [moment.time for _, _, moment in sources],
            [moment.digest for _, _, moment in sources],
        )
        return {row["source_id"] for row in rows}

    async def list_projects_of(self, sources: Collection[str]) -> set[str]:
        """The projects that have items of these sources."""
        rows = await self._connection.fetch(self.queries["list_projects_of"], list(sources))
        return {row["project"] for row in rows}

    async def list_items_of(self, sources: Collection[str]) -> set[ItemKey]:
        """The items of these sources."""
        rows = await self._connection.fetch(self.queries["list_items_of"], list(sources))
        return {(row["project"], row["item_id"]) for row in rows}

    async def add_items(self, items: Sequence[tuple[ItemSubmitted, Content, Moment]]) -> None:
        """Write items down, undecided, unless an earlier submission is known."""
        await self._connection.execute(
            self.queries["add_items"],
            [item.project for item, _, _ in items],
            [item.item_id for item, _, _ in items],
            [item.source_id for item, _, _ in items],
            [item.text for item, _, _ in items],
            [item.uri for item, _, _ in items],
            [item.media_type for item, _, _ in items],
            [item.checksum for item, _, _ in items],
            [_to_json(item.slices) for item, _, _ in items],
            [item.brief_id for item, _, _ in items],
            [content.hash for _, content, _ in items],
            [_flaw_to_json(content.flaw) for _, content, _ in items],
            [moment.time for _, _, moment in items],
            [moment.digest for _, _, moment in items],
        )

    async def list_twins(self, items: Collection[ItemKey]) -> set[ItemKey]:
        """These items as far as they are known, and all that share project and content with one."""
        rows = await self._connection.fetch(self.queries["list_twins"], *_columns(items))
        return {(row["project"], row["item_id"]) for row in rows}

    async def get_items(self, items: Collection[ItemKey]) -> list[StoredItem]:
        """Items with their sources and verdicts."""
        rows = await self._connection.fetch(self.queries["get_items"], *_columns(items))
        return [_to_item(row) for row in rows]

    async def save_verdicts(self, verdicts: Mapping[ItemKey, Verdict]) -> None:
        """Write verdicts down."""
        holds = [verdict.hold for verdict in verdicts.values()]
        await self._connection.execute(
            self.queries["save_verdicts"],
            *_columns(verdicts),
            [verdict.status for verdict in verdicts.values()],
            [hold.gate if hold else None for hold in holds],
            [hold.reason if hold else None for hold in holds],
            [_to_json(hold.evidence if hold else {}) for hold in holds],
        )

    async def count_slices(self, changes: Iterable[tuple[str, Slices, int]]) -> None:
        """Add to the numbers of accepted items per project and slices."""
        totals: dict[tuple[str, str], int] = {}
        for project, slices, change in changes:
            key = (project, _to_json(slices))
            totals[key] = totals.get(key, 0) + change
        await self._connection.execute(
            self.queries["count_slices"],
            [project for project, _ in totals],
            [slices for _, slices in totals],
            list(totals.values()),
        )
        await self._connection.execute(
            self.queries["drop_empty_slices"], [project for project, _ in totals]
        )

    async def list_slice_counts(
        self, projects: Collection[str]
    ) -> dict[str, list[tuple[Slices, int]]]:
        """Accepted items per project and slices; a project without any has an empty list."""
        counts: dict[str, list[tuple[Slices, int]]] = {project: [] for project in projects}
        rows = await self._connection.fetch(self.queries["list_slice_counts"], list(projects))
        for row in rows:
            counts[row["project"]].append((json.loads(row["slices"]), row["items"]))
        return counts

    async def add_briefs(self, briefs: Sequence[tuple[BriefOpened, Moment]]) -> set[str]:
        """Write briefs down unless a later approval is known; returns the ids that changed."""
        rows = await self._connection.fetch(
            self.queries["add_briefs"],
            [brief.brief_id for brief, _ in briefs],
            [brief.project for brief, _ in briefs],
            [brief.remediation_id for brief, _ in briefs],
            [_to_json(brief.slices) for brief, _ in briefs],
            [brief.quota for brief, _ in briefs],
            [moment.time for _, moment in briefs],
            [moment.digest for _, moment in briefs],
        )
        return {row["brief_id"] for row in rows}

    async def list_briefs(self, briefs: Collection[str]) -> list[Brief]:
        """Briefs with what is chosen and what should be."""
        rows = await self._connection.fetch(self.queries["list_briefs"], list(briefs))
        return [_to_brief(row) for row in rows]

    async def save_choices(self, briefs: Sequence[Brief]) -> None:
        """Write down which items fulfil each brief."""
        await self._connection.execute(
            self.queries["save_choices"],
            [brief.opened.brief_id for brief in briefs],
            [None if brief.choice is None else json.dumps(brief.choice) for brief in briefs],
        )


def _columns(items: Collection[ItemKey]) -> tuple[list[str], list[str]]:
    return [project for project, _ in items], [item_id for _, item_id in items]


def _to_json(value: Mapping[str, str]) -> str:
    return json.dumps(value, sort_keys=True)


def _flaw_to_json(flaw: Hold | None) -> str | None:
    if flaw is None:
        return None
    return json.dumps({"gate": flaw.gate, "reason": flaw.reason, "evidence": flaw.evidence})


def _to_item(row: Any) -> StoredItem:
    submitted = ItemSubmitted.model_construct(
        item_id=row["item_id"],
        project=row["project"],
        source_id=row["source_id"],
        text=row["text"],
        uri=row["uri"],
        media_type=row["media_type"],
        checksum=row["checksum"],
        slices=json.loads(row["slices"]),
        brief_id=row["brief_id"],
    )
    flaw = Hold(**json.loads(row["flaw"])) if row["flaw"] else None
    hold = None
    if row["gate"] is not None:
        hold = Hold(row["gate"], row["reason"], json.loads(row["evidence"]))
    source = None
    if row["source_project"] is not None:
        source = KnownSource(
            row["source_project"], row["licence"], row["licence_problem"], row["stated_licence"]
        )
    candidate = Candidate(
        project=row["project"],
        item_id=row["item_id"],
        source_id=row["source_id"],
        content=Content(row["content_hash"], flaw),
        submitted_at=row["submitted_at"],
        source=source,
    )
    return StoredItem(submitted, candidate, Verdict(row["status"], hold))


def _to_brief(row: Any) -> Brief:
    opened = BriefOpened.model_construct(
        brief_id=row["brief_id"],
        project=row["project"],
        remediation_id=row["remediation_id"],
        slices=json.loads(row["slices"]),
        quota=row["quota"],
    )
    chosen = None if row["item_ids"] is None else tuple(row["item_ids"])
    choice = tuple(row["candidates"]) if len(row["candidates"]) == row["quota"] else None
    return Brief(opened, chosen, choice)
