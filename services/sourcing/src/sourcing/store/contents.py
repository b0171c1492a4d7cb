"""The distinct contents of a project: the index that near duplicates are found by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import accumulate, chain
from typing import Any

from sourcing.domain.duplicates import ContentKey, Rank, Standing
from sourcing.store.store import Store, columns

Neighbour = tuple[ContentKey, ContentKey, Standing]
"""A content, another that may resemble it, and where the other stands."""


class ContentStore(Store):
    """Table ``contents``. A restart forgets nothing: there is no index in memory."""

    async def add(
        self, firsts: Mapping[ContentKey, Rank | None], bands: Mapping[ContentKey, list[int]]
    ) -> list[Neighbour]:
        """Write new contents down: their first items, and the bands of their MinHash.

        Returns what was there before and may resemble them; among themselves the caller knows.
        """
        if not firsts:
            return []
        lengths = [len(bands[key]) for key in firsts]
        rows = await self.fetch_by_band(
            "add_contents",
            *columns(firsts),
            [first.submitted_at if first else None for first in firsts.values()],
            [first.item_id if first else None for first in firsts.values()],
            list(chain.from_iterable(bands[key] for key in firsts)),
            list(accumulate(lengths)),
            lengths,
        )
        return [_to_neighbour(row) for row in rows]

    async def get(self, contents: Collection[ContentKey]) -> dict[ContentKey, Standing]:
        """Where these stand, as written down."""
        rows = await self.connection.fetch(self.queries["get_contents"], *columns(contents))
        return {(row["project"], row["content_hash"]): _to_standing(row) for row in rows}

    async def save(self, standings: Mapping[ContentKey, Standing]) -> None:
        """Write down where these stand."""
        firsts = [standing.first for standing in standings.values()]
        await self.connection.execute(
            self.queries["save_contents"],
            *columns(standings),
            [first.submitted_at if first else None for first in firsts],
            [first.item_id if first else None for first in firsts],
            [standing.held_by for standing in standings.values()],
        )

    async def drop_unused(self, contents: Collection[ContentKey]) -> None:
        """Forget those that no item has any more."""
        await self.connection.execute(self.queries["drop_contents"], *columns(contents))

    async def list_neighbours(self, since: Mapping[ContentKey, datetime]) -> list[Neighbour]:
        """For each content those that may resemble it and matter to it, and where they stand.

        ``since`` is the earliest time from which on a change of the content may concern others.
        """
        if not since:
            return []
        times = list(since.values())
        rows = await self.fetch_by_band("list_neighbours", *columns(since), times)
        return [_to_neighbour(row) for row in rows]

    async def fetch_by_band(self, query: str, *arguments: object) -> list[Any]:
        """Run a statement that looks contents up by band.

        A plan is kept for as long as the connection lives: one that was made while the table was
        small reads all of it for every content ever after.
        """
        await self.connection.execute("SET LOCAL enable_seqscan = off")
        rows: list[Any] = await self.connection.fetch(self.queries[query], *arguments)
        await self.connection.execute("SET LOCAL enable_seqscan = on")
        return rows

    async def get_texts(self, contents: Collection[ContentKey]) -> dict[ContentKey, str]:
        """A text of each content that has any."""
        rows = await self.connection.fetch(self.queries["get_texts"], *columns(contents))
        return {(row["project"], row["content_hash"]): row["text"] for row in rows}


def _to_standing(row: Any) -> Standing:
    first = None if row["first_at"] is None else Rank(row["first_at"], row["first_item"])
    return Standing(first, row["held_by"])


def _to_neighbour(row: Any) -> Neighbour:
    project = row["project"]
    return (project, row["content_hash"]), (project, row["neighbour"]), _to_standing(row)
