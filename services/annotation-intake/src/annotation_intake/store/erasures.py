"""Items whose content was erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aidataops.database import Connection, Queries


class ErasureStore:
    """Table ``erasures``, and what it does to ``items``, ``golden_items`` and ``submissions``."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def erase(self, items: Collection[tuple[str, str]], now: datetime) -> int:
        """Take the contents of items (project, id) away for good, and the labels that are texts
        or may be, as no schema allowed them; returns how many there were.
        """
        columns = [project for project, _ in items], [name for _, name in items]
        await self._connection.execute(self.queries["lock"], ["erasures"])
        await self._connection.execute(self.queries["add_erasures"], *columns, now)
        contents = await self._connection.fetch(self.queries["erase_items"], *columns)
        golden = await self._connection.fetch(self.queries["erase_golden_items"], *columns)
        texts = await self._connection.fetch(self.queries["erase_submissions"], *columns)
        return len(contents) + len(golden) + len(texts)

    async def names(self, items: Collection[tuple[str, str]]) -> set[str]:
        """What these items are known by elsewhere: their own ids, and those of their tasks."""
        columns = [project for project, _ in items], [name for _, name in items]
        rows = await self._connection.fetch(self.queries["list_tasks_of_items"], *columns)
        return {*columns[1], *(row["task_id"] for row in rows)}
