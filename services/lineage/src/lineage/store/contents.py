"""Contents of items, and the tombstones that keep them away."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.database import Connection, Queries
from aidataops.events.sourcing import ItemAccepted
from aidataops.messaging import Received
from lineage.store.graph import stamp_of

_QUERIES = Queries.load("lineage")


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

    async def lock(self, item_ids: Sequence[str]) -> None:
        """Be alone with these items until the end of the transaction."""
        await self._connection.execute(_QUERIES["lock_items"], item_ids)
