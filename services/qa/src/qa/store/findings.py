"""What qa concluded from the facts, and has said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aidataops.database import Connection, Queries
from aidataops.events.base import Payload
from qa.domain.batch import Assessment
from qa.store.rows import ItemKey, columns
from qa.store.tallies import put_due

_QUERIES = Queries.load("qa")

FindingKey = tuple[str, str, str]
"""Kind, scope, subject."""


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

    async def put_scores(self, assessments: Sequence[Assessment]) -> None:
        """Keep how far annotators agreed in batches; drift is then watched anew."""
        batch_ids = [one.verdict.batch_id for one in assessments]
        await self._connection.execute(_QUERIES["drop_scores"], batch_ids)
        rows = [(one, score) for one in assessments for score in one.scores]
        await self._connection.execute(
            _QUERIES["put_scores"],
            [score.batch_id for _, score in rows],
            [one.verdict.project for one, _ in rows],
            [one.ended_at for one, _ in rows],
            [score.vendor for _, score in rows],
            [score.annotator for _, score in rows],
            [score.line for _, score in rows],
            [score.slices for _, score in rows],
            [score.agreed for _, score in rows],
            [score.judged for _, score in rows],
        )
        await put_due(self._connection, {(one.verdict.project, "drift", "") for one in assessments})
