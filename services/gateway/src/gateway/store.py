"""The gateway's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aidataops.database import Queries
from aidataops.database.pool import Connection
from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import erased_names

_SQL = Queries.load("gateway")


class KeyStore:
    """API keys by prefix."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, prefix: str) -> Sequence[Mapping[str, Any]]:
        """The keys that begin with these characters: hash, name, source, scopes, expiry."""
        return list(await self._connection.fetch(_SQL["find_keys"], prefix))

    async def add(
        self,
        key_hash: bytes,
        *,
        prefix: str,
        name: str,
        source: str,
        scopes: Sequence[str],
        created_at: datetime,
        expires_at: datetime | None,
    ) -> None:
        """Keep a key's hash; a known one stays as it is."""
        await self._connection.execute(
            _SQL["add_key"],
            key_hash,
            prefix,
            name,
            source,
            list(scopes),
            created_at,
            expires_at,
        )

    async def list_all(self) -> Sequence[Mapping[str, Any]]:
        """All keys, the newest first: name, prefix, source, scopes, both times."""
        return list(await self._connection.fetch(_SQL["list_keys"]))

    async def end(self, prefix: str, now: datetime) -> list[str]:
        """End the accepted keys of a prefix; returns their names."""
        return [row["name"] for row in await self._connection.fetch(_SQL["end_keys"], prefix, now)]


class ReceivedEventStore:
    """Which ids have come in, and with what content."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(
        self, hashes: Mapping[UUID, bytes], now: datetime
    ) -> tuple[set[UUID], Mapping[UUID, bytes]]:
        """The ids that are new, and the content's hash of those that are not.

        Two round trips for any number of events. Ids are claimed in order, so that two requests
        with the same events cannot deadlock.
        """
        ids = sorted(hashes)
        rows = await self._connection.fetch(
            _SQL["claim_events"], ids, [hashes[event_id] for event_id in ids], now
        )
        new = {UUID(int=row["event_id"].int) for row in rows}
        if len(new) == len(ids):
            return new, {}
        old = [event_id for event_id in ids if event_id not in new]
        rows = await self._connection.fetch(_SQL["known_hashes"], old)
        return new, {UUID(int=row["event_id"].int): row["body_hash"] for row in rows}

    async def prune(self, *, before: datetime, rows: int = 5000) -> None:
        """Forget a bounded number of events received before a time."""
        await self._connection.execute(_SQL["prune_events"], before, rows)


class KeptWebhookStore:
    """Webhooks that could not be read, without their secrets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        kept_id: UUID,
        *,
        tool: str,
        connection: str,
        received_at: datetime,
        problems: str,
        body: bytes,
    ) -> None:
        """Keep a body with its problems, a JSON array; the same body is kept once."""
        await self._connection.execute(
            _SQL["keep_webhook"], kept_id, tool, connection, received_at, problems, body
        )

    async def may_keep(self, body: bytes) -> bool:
        """Whether a body names nothing that was erased."""
        return not any(await erased_names.naming_erased(self._connection, [body]))

    async def forget(self, part: ErasureApplied) -> int | None:
        """Take bodies away that name one of these, for good; returns how many went with all chunks
        of the part, and ``None`` while there are more to come.
        """
        names = part.names or ()
        await erased_names.add(self._connection, names)
        gone = await self._connection.fetch(_SQL["forget_webhooks"], erased_names.spellings(names))
        await self._connection.execute(
            _SQL["add_erasure_chunk"], part.request_id, part.chunk, len(gone)
        )
        row = await self._connection.fetchrow(_SQL["erasure_chunks"], part.request_id)
        return int(row["webhooks"]) if row["chunks"] == part.chunks else None

    async def prune(self, *, before: datetime) -> None:
        """Forget what was kept before a time."""
        await self._connection.execute(_SQL["prune_webhooks"], before)
