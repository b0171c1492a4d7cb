"""What qa concluded from the facts, and has said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aidataops.database import Connection, Queries
from aidataops.events.base import Payload
from qa.store.rows import ItemKey, columns

_QUERIES = Queries.load("qa")

FindingKey = tuple[str, str, str]
"""Kind, scope, subject."""


def place_of(project: str, scope: str) -> str:
    """Where agreements of a project's scope are kept: the scope of their findings."""
    return f"{scope} of {project}" if scope != "project" else scope


@dataclass(frozen=True)
class Finding:
    """What qa says about a subject; one payload per kind, scope and subject stands at a time."""

    kind: str
    scope: str
    subject: str
    payload: Payload


class FindingStore:
    """What qa concluded; everything here follows from the facts and needs the projects' locks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put_findings(self, findings: Sequence[Finding]) -> dict[FindingKey, int]:
        """Keep what is said now; returns (kind, scope, subject) → revision of what is news."""
        rows = await self._connection.fetch(
            _QUERIES["put_findings"],
            [finding.kind for finding in findings],
            [finding.scope for finding in findings],
            [finding.subject for finding in findings],
            [finding.payload.model_dump_json(exclude={"revision"}) for finding in findings],
        )
        return {(row["kind"], row["scope"], row["subject"]): row["revision"] for row in rows}

    async def keep_items(
        self, batch_ids: Sequence[str], overlap: Collection[ItemKey], golden: Collection[ItemKey]
    ) -> None:
        """Forget what no longer holds of batches' items, as (batch, item): outcomes of golden
        ones, and overlap asked for others than these.
        """
        await self._connection.execute(
            _QUERIES["drop_outcomes"], *columns(golden, 2), list(batch_ids), *columns(overlap, 2)
        )

    async def list_subjects(self, kind: str, scope: str) -> list[str]:
        """Of what something of a kind is said within a scope."""
        rows = await self._connection.fetch(_QUERIES["list_subjects"], kind, scope)
        return [row["subject"] for row in rows]

    async def drop_findings(self, keys: Collection[FindingKey]) -> list[str]:
        """Take back what is no longer said; returns the payloads (JSON) that stood."""
        rows = await self._connection.fetch(_QUERIES["drop_findings"], *columns(keys, 3))
        return [row["payload"] for row in rows]
