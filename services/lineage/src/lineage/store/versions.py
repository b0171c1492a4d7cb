"""The tables of dataset versions, and of what they are built from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from aidataops.database import Connection, Queries
from aidataops.events.annotation import ProjectDefined
from aidataops.events.evaluation import DatasetReference
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import CompositionEntry, VersionPublished, VersionRegistered
from aidataops.events.quality import BatchBlocked, BatchReleased, ReleasedItem
from aidataops.messaging import Received
from lineage.domain.decisions import (
    BatchVerdict,
    HeldVersion,
    Known,
    Outcome,
    ProjectStandard,
    PublishRequest,
)
from lineage.domain.graph import Stamp
from lineage.domain.naming import version_id
from lineage.domain.versions import Row, chunk_digest, registered_rows, released_rows
from lineage.errors import ContradictionError
from lineage.store.graph import stamp_of

_QUERIES = Queries.load("lineage")
_ITEMS = TypeAdapter(tuple[ReleasedItem, ...])


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """A request that is not carried out, and the event that brought it."""

    request: PublishRequest
    stamp: Stamp
    trace_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Ingredients:
    """The released batches of a request: their rows in its order, and the work they answer."""

    rows: tuple[tuple[Row, ...], ...]
    remediation_ids: tuple[str, ...]


class VersionStore:
    """Keeps versions; whoever decides about them calls ``lock`` first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Decide alone until the end of the transaction."""
        await self._connection.execute(_QUERIES["lock_versions"])

    async def add_batches(self, events: Sequence[Received[BatchReleased | BatchBlocked]]) -> None:
        """Keep QA's verdicts: per batch the highest revision."""
        latest: dict[str, Received[BatchReleased | BatchBlocked]] = {}
        for event in sorted(events, key=lambda each: (each.payload.revision, stamp_of(each))):
            latest[event.payload.batch_id] = event
        held = [latest[name] for name in sorted(latest)]
        await self._connection.execute(
            _QUERIES["add_batches"],
            [event.payload.batch_id for event in held],
            [event.payload.project for event in held],
            [event.payload.revision for event in held],
            [isinstance(event.payload, BatchReleased) for event in held],
            [event.payload.remediation_id for event in held],
            [_items(event.payload) for event in held],
            [stamp_of(event).time for event in held],
            [event.event_id for event in held],
        )

    async def add_projects(self, projects: Iterable[ProjectDefined]) -> None:
        """Keep each project's definition with the highest revision."""
        ordered = sorted(projects, key=lambda each: (each.revision, each.dataset, each.accountable))
        latest = {project.project: project for project in ordered}
        held = [latest[name] for name in sorted(latest)]
        await self._connection.execute(
            _QUERIES["add_projects"],
            [project.project for project in held],
            [project.revision for project in held],
            [project.dataset for project in held],
            [project.accountable for project in held],
        )

    async def add_decision(
        self, event: Received[DecisionRecorded], decision: PublishDataset
    ) -> None:
        """Keep a decision to publish."""
        payload = event.payload
        await self._connection.execute(
            _QUERIES["add_decisions"], payload.decision_id, payload.subject, decision.project,
            decision.parent_version, decision.batch_ids, payload.made_by, payload.role,
            payload.made_at, *stamp_of(event), event.trace_id, event.correlation_id,
        )  # fmt: skip

    async def open_decisions(
        self, projects: Iterable[str], datasets: Iterable[str]
    ) -> list[OpenDecision]:
        """Every decision not carried out on the datasets that these concern."""
        rows = await self._connection.fetch(
            _QUERIES["open_decisions"], sorted(set(projects)), sorted(set(datasets))
        )
        return [
            OpenDecision(
                PublishRequest(
                    row["decision_id"], row["dataset"], row["project"], row["parent_version"],
                    tuple(row["batch_ids"]), row["made_by"], row["role"], row["made_at"],
                ),
                Stamp(row["event_time"], row["event_id"]),
                row["trace_id"],
                row["correlation_id"],
            )
            for row in rows
        ]  # fmt: skip

    async def close(self, outcomes: Iterable[tuple[PublishRequest, str, str]]) -> None:
        """Keep what became of decisions: a state and a reason."""
        held = sorted(outcomes, key=lambda each: each[0].decision_id)
        await self._connection.execute(
            _QUERIES["close_decisions"],
            [request.decision_id for request, _, _ in held],
            [state for _, state, _ in held],
            [reason for _, _, reason in held],
        )

    async def known(self, requests: Sequence[PublishRequest]) -> Known:
        """What the verdicts on these requests depend on."""
        projects = await self._connection.fetch(
            _QUERIES["projects"], [request.project for request in requests]
        )
        batches = await self._connection.fetch(
            _QUERIES["batches"], [name for request in requests for name in request.batch_ids]
        )
        versions = await self._connection.fetch(
            _QUERIES["versions"],
            [
                version_id(request.dataset, number)
                for request in requests
                for number in (request.parent_version, request.version)
            ],
        )
        return Known(
            {row["project"]: ProjectStandard(row["dataset"], row["accountable"])
             for row in projects},
            {row["batch_id"]: BatchVerdict(row["project"], row["released"]) for row in batches},
            {row["version_id"]: HeldVersion(row["sealed"], tuple(row["batch_ids"]), row["decided"])
             for row in versions},
        )  # fmt: skip

    async def ingredients(self, batch_ids: Sequence[str]) -> Ingredients:
        """What released batches bring into a version."""
        records = await self._connection.fetch(_QUERIES["batch_contents"], batch_ids)
        by_id = {record["batch_id"]: record for record in records}
        return Ingredients(
            tuple(
                tuple(
                    released_rows(
                        name, by_id[name]["revision"], _ITEMS.validate_json(by_id[name]["items"])
                    )
                )
                for name in batch_ids
            ),
            tuple(sorted({record["remediation_id"] for record in records} - {None})),
        )

    async def register(self, event: VersionRegistered) -> VersionPublished | None:
        """Add a chunk; returns the version when that made it whole.

        Raises ``ContradictionError`` when the chunk is not what is known of the version.
        """
        name, digest = version_id(event.dataset, event.version), chunk_digest(event)
        await self._add_version(name, event, "registered", event.parents, chunks=event.chunks)
        held = await self._connection.fetchrow(_QUERIES["version"], name)
        if (held["chunks"], held["project"], _references(held)) != (
            event.chunks, event.project, event.parents,
        ) or event.chunk >= event.chunks:  # fmt: skip
            raise ContradictionError(f"{name} is held otherwise and cannot be changed")
        if await self._connection.fetchval(_QUERIES["add_chunk"], name, event.chunk, digest) is None:
            if digest != await self._connection.fetchval(
                _QUERIES["chunk_digest"], name, event.chunk
            ):
                raise ContradictionError(f"{name} has another chunk {event.chunk} already")
            return None
        await self._add_rows(name, registered_rows(event))
        if await self._connection.fetchval(_QUERIES["count_chunks"], name) < event.chunks:
            return None
        return await self._seal(name)

    async def build(self, request: PublishRequest, ingredients: Ingredients, rows: Sequence[Row]) -> VersionPublished:
        """Make the version that a request asks for: the parent's rows under these."""
        name = version_id(request.dataset, request.version)
        parent = DatasetReference(dataset=request.dataset, version=request.parent_version)
        await self._add_version(
            name, request, "built", (parent,), batch_ids=request.batch_ids,
            remediation_ids=ingredients.remediation_ids, decision_id=request.decision_id,
        )  # fmt: skip
        await self._add_rows(name, rows)
        await self._connection.execute(
            _QUERIES["inherit_rows"], name, version_id(parent.dataset, parent.version)
        )
        return await self._seal(name)

    async def origins(self, name: str) -> tuple[list[str], list[str]]:
        """The releases and the cohorts that a version's rows come from."""
        row = await self._connection.fetchrow(_QUERIES["origins"], name)
        return row["releases"], row["cohorts"]

    async def published(self, name: str) -> tuple[VersionPublished, str, str | None] | None:
        """A sealed version, its origin and its decision; ``None`` before it is sealed."""
        row = await self._connection.fetchrow(_QUERIES["version"], name)
        if row is None or row["hash"] is None:
            return None
        return await self._published(row), row["origin"], row["decision_id"]

    async def decisions(self, dataset: str) -> list[dict[str, Any]]:
        """Every decision to publish a version of a dataset, and what became of it."""
        rows = await self._connection.fetch(_QUERIES["decisions_of_dataset"], dataset)
        return [dict(row) for row in rows]

    async def _add_version(  # noqa: PLR0913 - the columns of a version
        self,
        name: str,
        identity: VersionRegistered | PublishRequest,
        origin: str,
        parents: Sequence[DatasetReference],
        *,
        chunks: int | None = None,
        batch_ids: Sequence[str] = (),
        remediation_ids: Sequence[str] = (),
        decision_id: str | None = None,
    ) -> None:
        await self._connection.execute(
            _QUERIES["add_version"], name, identity.dataset, identity.version, identity.project,
            origin, chunks, json.dumps([parent.model_dump() for parent in parents]), batch_ids,
            remediation_ids, decision_id,
        )  # fmt: skip

    async def _add_rows(self, name: str, rows: Sequence[Row]) -> None:
        added = await self._connection.fetch(
            _QUERIES["add_rows"],
            name,
            [row.item_id for row in rows],
            [row.value for row in rows],
            [json.dumps(row.cohorts) for row in rows],
            [json.dumps(dict(row.slices)) for row in rows],
            [row.hash() for row in rows],
            [row.release for row in rows],
            [row.consensus for row in rows],
        )
        if len(added) < len(rows):
            twice = {row.item_id for row in rows} - {record["item_id"] for record in added}
            raise ContradictionError(f"{name} has item {min(twice)!r} twice")

    async def _seal(self, name: str) -> VersionPublished:
        return await self._published(await self._connection.fetchrow(_QUERIES["seal_version"], name))

    async def _published(self, row: Any) -> VersionPublished:
        composition = await self._connection.fetch(_QUERIES["composition"], row["version_id"])
        return VersionPublished(
            dataset=row["dataset"],
            version=row["version"],
            project=row["project"],
            hash=row["hash"],
            items=row["items"],
            parents=_references(row),
            batch_ids=tuple(row["batch_ids"]),
            remediation_ids=tuple(row["remediation_ids"]),
            composition=tuple(
                CompositionEntry(
                    slices=json.loads(entry["slices"]), cohort=entry["cohort"], items=entry["items"]
                )
                for entry in composition
            ),
        )


def _references(row: Any) -> tuple[DatasetReference, ...]:
    return tuple(DatasetReference(**parent) for parent in json.loads(row["parents"]))


def _items(event: BatchReleased | BatchBlocked) -> str:
    return _ITEMS.dump_json(event.items).decode() if isinstance(event, BatchReleased) else "[]"
