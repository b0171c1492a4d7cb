"""The tables of dataset versions, and of what they are built from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import CompositionEntry, VersionPublished, VersionRegistered
from lineage.domain.decisions import PublishRequest
from lineage.domain.naming import version_id
from lineage.domain.versions import Row, chunk_digest, registered_rows
from lineage.errors import ContradictionError
from lineage.store.membership import MembershipStore

_QUERIES = Queries.load("lineage")

COMPOSITION_BYTES = 700_000
"""How long the strata of a version's event may be; a record takes a megabyte."""

_AROUND = 40
"""What JSON and the count add to the slices and the cohort of a stratum."""


class VersionStore:
    """Makes versions and reads them; nothing changes one that is sealed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def register(self, event: VersionRegistered) -> bool:
        """Add a chunk; returns whether that made the version whole.

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
            return False
        await self.add_rows(name, registered_rows(event))
        held_chunks = await self._connection.fetchval(_QUERIES["count_chunks"], name)
        return bool(held_chunks == event.chunks)

    async def open_version(
        self, request: PublishRequest, parent: DatasetReference, remediation_ids: Sequence[str]
    ) -> None:
        """Make the version that a request asks for, without rows yet."""
        await self._add_version(
            version_id(request.dataset, request.version), request, "built", (parent,),
            batch_ids=request.batch_ids, remediation_ids=remediation_ids,
            decision_id=request.decision_id, recipe=request.recipe,
        )  # fmt: skip

    async def add_rows(self, name: str, rows: Sequence[Row], *, under: bool = False) -> None:
        """Add rows to a version that is not sealed; ``under`` those that are there for an item.

        Raises ``ContradictionError`` when one is there and should not be.
        """
        await MembershipStore(self._connection).ordinals(row.item_id for row in rows)
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
        if len(added) < len(rows) and not under:
            twice = {row.item_id for row in rows} - {record["item_id"] for record in added}
            raise ContradictionError(f"{name} has item {min(twice)!r} twice")

    async def names_under(self, name: str, facet: str) -> list[str]:
        """The values of a facet in a sealed version."""
        rows = await self._connection.fetch(_QUERIES["named_under"], name, facet)
        return [row["value"] for row in rows]

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

    async def _published(self, row: Any) -> VersionPublished:
        composition = await self._connection.fetch(_QUERIES["composition"], row["version_id"])
        named = _largest(composition)
        return VersionPublished(
            dataset=row["dataset"],
            version=row["version"],
            project=row["project"],
            hash=row["hash"],
            items=row["items"],
            parents=_references(row),
            batch_ids=tuple(row["batch_ids"]),
            remediation_ids=tuple(row["remediation_ids"]),
            composition=named,
            composition_left_out=sum(entry["items"] for entry in composition)
            - sum(entry.items for entry in named),
        )


def _largest(composition: Sequence[Any]) -> tuple[CompositionEntry, ...]:
    """As many strata as fit into a record, the largest; in the order in which they came."""
    by_size = sorted(range(len(composition)), key=lambda n: (-composition[n]["items"], n))
    sizes = accumulate(
        len(f"{composition[n]['slices']}{composition[n]['cohort']}".encode()) + _AROUND
        for n in by_size
    )
    fitting = sorted(n for n, size in zip(by_size, sizes, strict=True) if size <= COMPOSITION_BYTES)
    return tuple(
        CompositionEntry(
            slices=json.loads(entry["slices"]), cohort=entry["cohort"], items=entry["items"]
        )
        for entry in (composition[n] for n in fitting)
    )


def _references(row: Any) -> tuple[DatasetReference, ...]:
    return tuple(DatasetReference(**parent) for parent in json.loads(row["parents"]))
