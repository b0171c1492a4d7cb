"""The publication log: what was said last of what."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.database import Connection
from feedback_router.domain.announcements import Announcement
from feedback_router.store.statements import QUERIES, encode


class AnnouncementStore:
    """Tells news from what was said already."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def news(self, announcements: Sequence[Announcement]) -> list[tuple[Announcement, int]]:
        """Those that say something new, in order, each with its revision; they are now said."""
        rows = await self._connection.fetch(
            QUERIES["load_announcements"], sorted({one.subject for one in announcements})
        )
        said = {(row["subject"], row["aspect"]): (row["digest"], row["revision"]) for row in rows}
        news: list[tuple[Announcement, int]] = []
        for one in announcements:
            digest, revision = said.get((one.subject, one.aspect), (None, 0))
            if digest != one.digest and not (one.takes_back and digest is None):
                news.append((one, revision + 1))
        if not news:
            return []
        await self._connection.execute(
            QUERIES["put_announcements"],
            encode(
                {
                    "subject": one.subject,
                    "aspect": one.aspect,
                    "digest": one.digest,
                    "revision": revision,
                    "failure_ids": one.failure_ids,
                }
                for one, revision in news
            ),
        )
        return news
