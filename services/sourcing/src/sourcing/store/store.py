"""What every store has: a connection in a transaction, the statements, and the locks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aidataops.database import Connection, Queries

ItemKey = tuple[str, str]
"""Project and item id."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When an event happened; the digest of its content makes the order total."""

    time: datetime
    digest: str


class Store:
    """Set-wise reads and writes; decisions are made under the locks of what they concern.

    The order is everywhere: rules, decisions, sources, projects.
    """

    queries = Queries.load("sourcing")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def share_rules(self) -> None:
        """Keep policy and benchmarks as they are until the transaction ends."""
        await self.connection.execute(self.queries["share_rules"])

    async def lock_rules(self) -> None:
        """Keep others from judging by policy and benchmarks, which are about to change."""
        await self.connection.execute(self.queries["lock_rules"])

    async def lock_decisions(self, projects: Collection[str]) -> None:
        """Keep others from taking decisions, or who makes them, in these projects."""
        await self._lock(f"decisions/{project}" for project in projects)

    async def lock_sources(self, sources: Collection[str]) -> None:
        """Keep others from deciding about these sources."""
        await self._lock(f"source/{source}" for source in sources)

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Keep others from deciding about items and briefs of these projects."""
        await self._lock(f"project/{project}" for project in projects)

    async def _lock(self, names: Iterable[str]) -> None:
        await self.connection.execute(self.queries["lock"], [*names])


def columns(keys: Collection[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Pairs as two columns."""
    return [first for first, _ in keys], [second for _, second in keys]


def to_json(value: Mapping[str, str]) -> str:
    """A mapping in the one form that it is stored in."""
    return json.dumps(value, sort_keys=True)
