"""The distinct contents of a project, and where each stands among those that it resembles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sourcing.domain.duplicates import ContentKey, Rank, Standing
from sourcing.store.bands import pack
from sourcing.store.store import Store, columns


class ContentStore(Store):
    """Table ``contents``, and what is added to ``band_segments``."""

    async def add(
        self, firsts: Mapping[ContentKey, Rank | None], bands: Mapping[ContentKey, bytes]
    ) -> None:
        """Write new contents down: their first items, and the bands of their MinHash.

        With their standing, unless that turns out otherwise: a second version of each row costs as
        much as the first.
        """
        if not firsts:
            return
        packed = pack({key: bands[key] for key in firsts})
        await self.connection.execute(
            self.queries["add_contents"],
            *columns(firsts),
            [first.submitted_at if first else None for first in firsts.values()],
            [first.item_id if first else None for first in firsts.values()],
            packed.places,
            *packed.segments,
        )

    async def get(self, contents: Collection[ContentKey]) -> dict[ContentKey, Standing]:
        """Where these stand, as written down."""
        rows = await self.connection.fetch(self.queries["get_contents"], *columns(contents))
        return _to_standings(rows)

    async def get_relevant(
        self, contents: Collection[ContentKey], since: Mapping[ContentKey, datetime]
    ) -> dict[ContentKey, Standing]:
        """Where those of the contents stand that matter to one of ``since``.

        That is the earliest time from which on a change may concern others.
        """
        if not contents:
            return {}
        rows = await self.connection.fetch(
            self.queries["get_relevant_contents"],
            *columns(contents),
            [digest for _, digest in since],
            min(since.values()),
        )
        return _to_standings(rows)

    async def save(self, standings: Mapping[ContentKey, Standing]) -> None:
        """Write down where these stand."""
        if not standings:
            return
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
        if contents:
            await self.connection.execute(self.queries["drop_contents"], *columns(contents))

    async def get_texts(self, contents: Collection[ContentKey]) -> dict[ContentKey, str]:
        """A text of each content that has any."""
        rows = await self.connection.fetch(self.queries["get_texts"], *columns(contents))
        return {(row["project"], row["content_hash"]): row["text"] for row in rows}


def _to_standings(rows: Collection[Any]) -> dict[ContentKey, Standing]:
    return {(row["project"], row["content_hash"]): _to_standing(row) for row in rows}


def _to_standing(row: Any) -> Standing:
    first = None if row["first_at"] is None else Rank(row["first_at"], row["first_item"])
    return Standing(first, row["held_by"])
