"""Items whose content was erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aidataops.database import Connection, Queries
from qa.store.rows import ItemKey, columns

_QUERIES = Queries.load("qa")


class ErasureStore:
    """Table ``erasures``, and what it does to ``labels`` and ``golden_items``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Be alone with what writers of labels share, until the end of the transaction."""
        await self._connection.execute(_QUERIES["lock_erasures"])

    async def erase(self, items: Collection[ItemKey], now: datetime) -> dict[str, ItemKey]:
        """Take the labels of these items that are texts away for good; returns which they were."""
        await self._connection.execute(_QUERIES["add_erasures"], *columns(items, 2), now)
        return await self._forget(_QUERIES["erase_labels"], *columns(items, 2))

    async def erase_golden(self, items: Collection[ItemKey]) -> int:
        """Take what is held to be true of these items away where it is a text; returns how many."""
        return len(await self._connection.fetch(_QUERIES["erase_golden"], *columns(items, 2)))

    async def erase_in(self, projects: Collection[str]) -> dict[str, ItemKey]:
        """Both for projects of which it is known only now that their labels are texts; returns
        which labels.
        """
        await self._connection.execute(_QUERIES["erase_golden_of_projects"], list(projects))
        return await self._forget(_QUERIES["erase_labels_of_projects"], list(projects))

    async def _forget(self, query: str, *arguments: object) -> dict[str, ItemKey]:
        rows = await self._connection.fetch(query, *arguments)
        return {row["label_id"]: (row["project"], row["item_id"]) for row in rows}
