"""The page: rendered at most once a second, however many people look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aidataops.clock import Clock
from aidataops.database import Connection
from console.domain import lifecycle, wording
from console.store import LISTS, OverviewStore

ROWS_SHOWN = 200
FRESH = timedelta(seconds=1)

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file; its digest is part of its address, so that it may be cached for ever."""

    content: bytes
    media_type: str
    digest: str


def load_asset(name: str, media_type: str) -> Asset:
    """Read a file from ``static/``."""
    content = (_HERE / "static" / name).read_bytes()
    return Asset(content, media_type, sha256(content).hexdigest()[:12])


ASSETS = {
    "console.css": load_asset("console.css", "text/css"),
    "console.js": load_asset("console.js", "text/javascript"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """The page's HTML, a digest of what is on it, and when it was rendered."""

    html: str
    digest: str
    rendered_at: datetime


class Pages:
    """Renders the page from the read model and keeps it for a second.

    Who watches asks every second; that costs one reading of the database for all of them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._page: Page | None = None
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "age": self._age,
            "due": self._due,
            "coefficient": wording.coefficient,
            "position": wording.position,
            "probability": wording.probability,
            "slices": wording.slices,
            "words": wording.words,
        }

    async def current(self, pool: Any) -> Page:
        """The page as of now, or of a moment ago."""
        async with self._lock:
            now = self._clock.now()
            if self._page is None or now - self._page.rendered_at >= FRESH:
                async with (
                    pool.acquire() as connection,
                    connection.transaction(isolation="repeatable_read", readonly=True),
                ):
                    self._page = await self._render(connection, now)
            return self._page

    async def _render(self, connection: Connection, now: datetime) -> Page:
        store = OverviewStore(connection)
        lists = {name: await store.rows(name, limit=ROWS_SHOWN) for name in LISTS}
        for row in lists["remediations"]:
            row["promised"] = row["state"] in lifecycle.PROMISED and row["due_at"] is not None
            row["late"] = lifecycle.is_late(row["state"], row["due_at"], now)
        numbers = await store.numbers()
        main = self._environment.get_template("overview.html").render(
            numbers=numbers, limit=ROWS_SHOWN, **lists
        )
        digest = sha256(main.encode()).hexdigest()[:32]
        html = self._environment.get_template("page.html").render(
            main=main, digest=digest, assets=ASSETS
        )
        return Page(html, digest, now)

    def _age(self, since: datetime) -> str:
        return wording.age(since, self._clock.now())

    def _due(self, at: datetime) -> str:
        return wording.due(at, self._clock.now())
