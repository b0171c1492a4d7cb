"""The ledger's table: appended to by one transaction at a time, changed by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.lineage import LedgerAnchored
from aidataops.messaging import Received
from lineage.domain.ledger import GENESIS, Entry, chain

_QUERIES = Queries.load("lineage")


class LedgerStore:
    """Appends what happened, in the order in which it came, and reads it back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(self, events: Sequence[Received[Any]], now: datetime) -> LedgerAnchored | None:
        """Chain events; returns the new head, or ``None`` when all of them were there already."""
        await self._connection.execute(_QUERIES["lock_ledger"])
        known = await self._connection.fetch(
            _QUERIES["entries_of_events"], [event.event_id for event in events]
        )
        there = {row["event_id"] for row in known}
        new = [event for event in events if event.event_id not in there]
        if not new:
            return None
        last = await self._connection.fetchrow(_QUERIES["ledger_head"])
        number, head = (last["entry"], bytes(last["hash"])) if last else (0, GENESIS)
        entries = [_entry(number + place, event, now) for place, event in enumerate(new, 1)]
        hashes = chain(entries, head)
        sealed = [replace(entry, hash=each) for entry, each in zip(entries, hashes, strict=True)]
        await self._connection.execute(
            _QUERIES["append_ledger"],
            *([getattr(entry, field.name) for entry in sealed] for field in fields(Entry)),
        )
        return LedgerAnchored(entries=sealed[-1].entry, head=sealed[-1].hash.hex())

    async def head(self) -> tuple[int, str]:
        """How many entries there are, and the last hash in hex."""
        last = await self._connection.fetchrow(_QUERIES["ledger_head"])
        return (last["entry"], bytes(last["hash"]).hex()) if last else (0, GENESIS.hex())

    async def entries(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """A page of the ledger."""
        rows = await self._connection.fetch(_QUERIES["ledger_entries"], after, limit)
        return [Entry(**{**dict(row), "hash": bytes(row["hash"])}) for row in rows]

    async def all(self) -> AsyncIterator[list[Entry]]:
        """The ledger page by page."""
        last = 0
        while page := await self.entries(last):
            yield page
            last = page[-1].entry


def _entry(number: int, event: Received[Any], now: datetime) -> Entry:
    payload = event.payload
    return Entry(
        entry=number, event_id=event.event_id, source_type=payload.type,
        subject=payload.partition_key(), occurred_at=event.occurred_at, recorded_at=now,
        content=payload.model_dump_json(),
    )  # fmt: skip
