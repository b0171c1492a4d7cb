"""Items: what was submitted, what the gates found, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from aidataops.events.governance import ItemReleaseDecided
from aidataops.events.sourcing import ItemSubmitted
from sourcing.domain.duplicates import ContentKey
from sourcing.domain.gates import Content, Hold
from sourcing.domain.judgement import Candidate, KnownSource, Verdict
from sourcing.store.store import ItemKey, Moment, Store, columns, to_json


@dataclass(frozen=True, slots=True)
class Inspected:
    """A submitted item and what the gates found in it by itself."""

    submitted: ItemSubmitted
    moment: Moment
    content: Content
    contamination: Hold | None


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item with the verdict that is written down for it."""

    submitted: ItemSubmitted
    candidate: Candidate
    verdict: Verdict

    @property
    def key(self) -> ItemKey:
        """Project and item id."""
        return self.candidate.project, self.candidate.item_id

    @property
    def content_key(self) -> ContentKey | None:
        """Project and content hash, where there is anything to compare."""
        digest = self.candidate.content.hash
        return None if digest is None else (self.candidate.project, digest)

    def under(self, licence: str | None) -> StoredItem:
        """The item as it was while its source had another licence."""
        source = self.candidate.source
        if source is None:
            return self
        source = replace(source, licence=licence)
        return replace(self, candidate=replace(self.candidate, source=source))


class ItemStore(Store):
    """Tables ``items`` and ``item_releases``."""

    async def add(self, items: Sequence[Inspected]) -> set[ItemKey]:
        """Write items down unless an earlier submission is known; returns the written ones."""
        rows = await self.connection.fetch(
            self.queries["add_items"],
            [item.submitted.project for item in items],
            [item.submitted.item_id for item in items],
            [item.submitted.source_id for item in items],
            [item.submitted.text for item in items],
            [item.submitted.uri for item in items],
            [item.submitted.media_type for item in items],
            [item.submitted.checksum for item in items],
            [to_json(item.submitted.slices) for item in items],
            [item.submitted.brief_id for item in items],
            [item.content.hash for item in items],
            [json.dumps([asdict(flaw) for flaw in item.content.flaws]) for item in items],
            [_hold_to_json(item.contamination) for item in items],
            [item.moment.time for item in items],
            [item.moment.digest for item in items],
        )
        return {(row["project"], row["item_id"]) for row in rows}

    async def get(self, items: Collection[ItemKey]) -> dict[ItemKey, StoredItem]:
        """Items with their sources and verdicts, as far as they are known."""
        if not items:
            return {}
        rows = await self.connection.fetch(self.queries["get_items"], *columns(items))
        return {item.key: item for item in map(_to_item, rows)}

    async def list_with(self, contents: Collection[ContentKey]) -> set[ItemKey]:
        """The items that have one of these contents."""
        rows = await self.connection.fetch(self.queries["list_items_with"], *columns(contents))
        return {(row["project"], row["item_id"]) for row in rows}

    async def save_verdicts(self, verdicts: Mapping[ItemKey, Verdict]) -> None:
        """Write verdicts down."""
        holds = [verdict.hold for verdict in verdicts.values()]
        await self.connection.execute(
            self.queries["save_verdicts"],
            *columns(verdicts),
            [verdict.status for verdict in verdicts.values()],
            [hold.gate if hold else None for hold in holds],
            [hold.reason if hold else None for hold in holds],
            [to_json(hold.evidence if hold else {}) for hold in holds],
        )

    async def page_texts(self, after: ItemKey, size: int) -> list[tuple[ItemKey, str]]:
        """The next texts in the order of project and item id."""
        rows = await self.connection.fetch(self.queries["page_texts"], *after, size)
        return [((row["project"], row["item_id"]), row["text"]) for row in rows]

    async def save_contamination(self, found: Mapping[ItemKey, Hold]) -> None:
        """Write down which items hold a piece of a protected benchmark."""
        holds = [_hold_to_json(hold) for hold in found.values()]
        await self.connection.execute(self.queries["save_contamination"], *columns(found), holds)

    async def add_releases(self, decisions: Sequence[ItemReleaseDecided]) -> None:
        """Write decisions down; the item and its Accountable need not be known yet."""
        await self.connection.execute(
            self.queries["add_item_releases"],
            [decision.project for decision in decisions],
            [decision.subject for decision in decisions],
            [decision.gate for decision in decisions],
            [decision.made_by for decision in decisions],
            [decision.decision_id for decision in decisions],
        )

    async def list_released(self, projects: Collection[str]) -> set[ItemKey]:
        """The items that somebody has decided to release."""
        rows = await self.connection.fetch(self.queries["list_released_items"], list(projects))
        return {(row["project"], row["item_id"]) for row in rows}


def _hold_to_json(hold: Hold | None) -> str | None:
    return None if hold is None else json.dumps(asdict(hold))


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
    hold = None
    if row["gate"] is not None:
        hold = Hold(row["gate"], row["reason"], json.loads(row["evidence"]))
    contamination = row["contamination"]
    candidate = Candidate(
        project=row["project"],
        item_id=row["item_id"],
        source_id=row["source_id"],
        content=Content(
            row["content_hash"], tuple(Hold(**flaw) for flaw in json.loads(row["flaws"]))
        ),
        submitted_at=row["submitted_at"],
        source=_to_known_source(row),
        contamination=Hold(**json.loads(contamination)) if contamination else None,
        released=frozenset(row["released"]),
    )
    return StoredItem(submitted, candidate, Verdict(row["status"], hold))


def _to_known_source(row: Any) -> KnownSource | None:
    if row["source_project"] is None:
        return None
    hold = None
    if row["source_gate"] is not None:
        evidence = {"source_id": row["source_id"], "licence": row["stated_licence"] or "unknown"}
        hold = Hold(row["source_gate"], row["source_reason"], evidence)
    return KnownSource(row["source_project"], row["licence"], hold)
