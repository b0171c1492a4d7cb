"""Items whose content was erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sourcing.store.store import ItemKey, Store, columns


class ErasureStore(Store):
    """Table ``erasures``, and what it does to ``items`` and ``item_uses``."""

    async def erase(self, items: Collection[ItemKey], now: datetime) -> int:
        """Take contents away for good, and say how many there were; the hash stays, so that a copy
        is known as one.

        The items are not free in the pool any more: a brief cannot choose what nobody can read.
        """
        await self.connection.execute(self.queries["add_erasures"], *columns(items), now)
        erased = await self.connection.fetch(self.queries["erase_items"], *columns(items))
        await self.connection.execute(self.queries["use_erased"], *columns(items), now)
        return len(erased)
