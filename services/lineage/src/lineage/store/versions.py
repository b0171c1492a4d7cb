"""The tables of dataset versions, and of what they are built from."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import Sequence
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import CompositionEntry, Recipe, VersionPublished, VersionRegistered
from lineage.domain.decisions import PublishRequest
from lineage.domain.naming import version_id
from lineage.domain.recipes import kept
from lineage.domain.versions import Row, chunk_digest, registered_rows
from lineage.errors import ContradictionError
from lineage.store.membership import LONG_SECONDS, MembershipStore

_QUERIES = Queries.load("lineage")


class VersionStore:
    """Makes versions and reads them; nothing changes one that is sealed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        if (
            await self._connection.fetchval(_QUERIES["add_chunk"], name, event.chunk, digest)
            is None
        ):
            if digest != await self._connection.fetchval(
                _QUERIES["chunk_digest"], name, event.chunk
            ):
                raise ContradictionError(f"{name} has another chunk {event.chunk} already")
            return None
        await self._add_rows(name, registered_rows(event))
        if await self._connection.fetchval(_QUERIES["count_chunks"], name) < event.chunks:
            return None
        return await self._seal(name, event.project)

    async def build(
        self, request: PublishRequest, rows: Sequence[Row], remediation_ids: Sequence[str]
    ) -> VersionPublished:
        """Make the version that a request asks for: the parent's rows under these, by its recipe.

        Erased items are left out, whatever the request says.
        """
        name = version_id(request.dataset, request.version)
        parent = DatasetReference(dataset=request.dataset, version=request.parent_version)
        await self._add_version(
            name, request, "built", (parent,), batch_ids=request.batch_ids,
            remediation_ids=remediation_ids, decision_id=request.decision_id,
            recipe=request.recipe,
        )  # fmt: skip
        await self._add_rows(name, rows)
        await self._connection.execute(
            _QUERIES["inherit_rows"], name, version_id(parent.dataset, parent.version),
            timeout=LONG_SECONDS,
        )  # fmt: skip
        await self._connection.execute(_QUERIES["drop_erased"], name, timeout=LONG_SECONDS)
        if request.recipe is not None:
            await self._apply(name, Recipe.model_validate_json(request.recipe))
        return await self._seal(name, request.project)

    async def _apply(self, name: str, recipe: Recipe) -> None:
        """Drop what a recipe does not keep of a version that is not sealed yet.

        The rows come through a cursor, so that nobody else in the process waits for all of them.
        """
        if recipe == Recipe(seed=recipe.seed):
            return
        rows = [
            Row(row["item_id"], row["value"], tuple(row["cohorts"]), json.loads(row["slices"]))
            async for row in self._connection.cursor(_QUERIES["unsealed_rows"], name, prefetch=5000)
        ]
        stay = {row.item_id for row in await to_thread(kept, rows, recipe)}
        await self._connection.execute(
            _QUERIES["drop_rows"], name, [row.item_id for row in rows if row.item_id not in stay],
            timeout=LONG_SECONDS,
        )  # fmt: skip

    async def origins(self, name: str) -> tuple[list[str], list[str]]:
        """The releases and the cohorts that a version's rows come from."""
        row = await self._connection.fetchrow(_QUERIES["origins"], name, timeout=LONG_SECONDS)
        return row["releases"], row["cohorts"]

    async def published(self, name: str) -> tuple[VersionPublished, str, str | None] | None:
        """A sealed version, its origin and its decision; ``None`` before it is sealed."""
        row = await self._connection.fetchrow(_QUERIES["version"], name)
        if row is None or row["hash"] is None:
            return None
        return await self._published(row), row["origin"], row["decision_id"]

    async def _add_version(
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
        recipe: str | None = None,
    ) -> None:
        await self._connection.execute(
            _QUERIES["add_version"], name, identity.dataset, identity.version, identity.project,
            origin, chunks, json.dumps([parent.model_dump() for parent in parents]), batch_ids,
            remediation_ids, decision_id, recipe,
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

    async def _seal(self, name: str, project: str) -> VersionPublished:
        """Index the rows, give them their hash, and close the version for good."""
        members = MembershipStore(self._connection)
        await members.index(name, project)
        row = await self._connection.fetchrow(_QUERIES["seal_version"], name, timeout=LONG_SECONDS)
        await members.index_changes(name)
        return await self._published(row)

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
