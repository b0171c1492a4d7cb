"""Contents of items, and the tombstones that keep them away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from aidataops.database import Connection, Queries
from aidataops.events.lineage import ErasureApplied, ErasurePart, ErasureRequested
from aidataops.events.sourcing import ItemAccepted
from aidataops.messaging import Received
from lineage.store.graph import stamp_of

_QUERIES = Queries.load("lineage")

FIRST_KEEPERS = ("annotation-intake", "lineage", "qa", "sourcing")
"""Who had to answer when lineage did not hold yet whom an erasure waits for."""


class Swept(NamedTuple):
    """The youngest content that a page of a sweep looked at, and how many of the page went."""

    event_time: datetime
    item_id: str
    gone: int


class ContentStore:
    """Keeps contents where an erasure finds them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, events: Sequence[Received[ItemAccepted]]) -> None:
        """Keep the newest content of each item that is not erased."""
        latest = {event.payload.item_id: event for event in sorted(events, key=stamp_of)}
        held = [latest[name] for name in sorted(latest)]
        await self.lock(sorted(latest))
        await self._connection.execute(
            _QUERIES["add_contents"],
            [event.payload.item_id for event in held],
            [event.payload.text for event in held],
            [event.payload.uri for event in held],
            [event.payload.media_type for event in held],
            [event.occurred_at for event in held],
            [event.event_id for event in held],
        )

    async def erase(self, request: ErasureRequested, now: datetime) -> int:
        """Set tombstones and take contents and texts away; returns how many there were.

        Repeating it changes nothing. The items are locked.
        """
        await self._connection.execute(
            _QUERIES["erase_items"], request.subject, request.project, now, request.item_ids
        )
        gone = await self._connection.fetch(_QUERIES["erase_contents"], request.item_ids)
        return len(gone) + await self.forget_texts(item_ids=request.item_ids)

    async def forget_texts(
        self, *, item_ids: Iterable[str] = (), projects: Iterable[str] = ()
    ) -> int:
        """Take labels away that are texts about erased items, of these items or projects.

        Whoever writes such labels calls it afterwards: an erasure that goes on meanwhile waits for
        them, or is waited for.
        """
        await self.lock_texts(shared=True)
        gone = await self._connection.fetch(
            _QUERIES["erased_texts"], sorted(set(item_ids)), sorted(set(projects))
        )
        if not gone:
            return 0  # as nearly always: to look for labels of nothing would read every batch
        erased = sorted(row["item_id"] for row in gone)
        return int(await self._connection.fetchval(_QUERIES["forget_texts"], erased))

    async def add_part(self, part: ErasureApplied) -> tuple[ErasurePart, ...]:
        """Keep what a service did; returns what all did if that is news, else nothing."""
        added = await self._connection.fetchval(
            _QUERIES["add_erasure_part"], part.request_id, part.service, part.texts,
            part.dead_letters,
        )  # fmt: skip
        if added is None:
            return ()
        rows = await self._connection.fetch(_QUERIES["erasure_parts"], part.request_id)
        return tuple(ErasurePart(**row) for row in rows)

    async def await_parts(self, request_id: str, services: Iterable[str]) -> None:
        """Hold which services an erasure waits for; the first word stays."""
        await self._connection.execute(_QUERIES["await_parts"], request_id, sorted(services))

    async def awaited(self, request_id: str) -> set[str]:
        """Which services an erasure waits for."""
        services = await self._connection.fetchval(_QUERIES["awaited"], request_id)
        return set(FIRST_KEEPERS if services is None else services)

    async def count_erased(self, subject: str) -> int:
        """How many items were ever erased for a subject."""
        return int(await self._connection.fetchval(_QUERIES["count_erased"], subject))

    async def expire(
        self, before: datetime, after: tuple[datetime, str], page: int
    ) -> Swept | None:
        """Take contents from before a time away that nobody can use; ``None`` past the last one."""
        row = await self._connection.fetchrow(_QUERIES["expire_contents"], before, *after, page)
        return row and Swept(*row)

    async def lock_texts(self, *, shared: bool) -> None:
        """Write labels together with others, or erase alone, until the end of the transaction."""
        mode = "shared" if shared else "alone"
        await self._connection.execute(_QUERIES[f"lock_texts_{mode}"])

    async def lock(self, item_ids: Sequence[str]) -> None:
        """Be alone with these items until the end of the transaction."""
        await self._connection.execute(_QUERIES["lock_items"], item_ids)
