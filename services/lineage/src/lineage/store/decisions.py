"""The tables that publishing depends on: projects, batches, and the decisions themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from aidataops.database import Connection, Queries
from aidataops.events.annotation import ProjectDefined
from aidataops.events.quality import BatchBlocked, BatchReleased, ReleasedItem
from aidataops.messaging import Received
from lineage.domain.decisions import (
    BatchVerdict,
    HeldVersion,
    Known,
    Outcome,
    ProjectStandard,
    PublishRequest,
)
from lineage.domain.graph import Stamp
from lineage.domain.naming import version_id
from lineage.store.graph import stamp_of

_QUERIES = Queries.load("lineage")
_ITEMS = TypeAdapter(tuple[ReleasedItem, ...])

Verdict = Received[BatchReleased] | Received[BatchBlocked]


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A request, and the event that brought it."""

    request: PublishRequest
    stamp: Stamp
    trace_id: str
    correlation_id: str


class DecisionStore:
    """Keeps decisions and what they wait for; whoever decides about them calls ``lock`` first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Decide alone until the end of the transaction."""
        await self._connection.execute(_QUERIES["lock_versions"])

    async def add_batches(self, events: Sequence[Verdict]) -> None:
        """Keep QA's verdicts: per batch the highest revision."""
        latest: dict[str, Verdict] = {}
        for event in sorted(events, key=lambda each: (each.payload.revision, stamp_of(each))):
            latest[event.payload.batch_id] = event
        held = [latest[name] for name in sorted(latest)]
        await self._connection.execute(
            _QUERIES["add_batches"],
            [event.payload.batch_id for event in held],
            [event.payload.project for event in held],
            [event.payload.revision for event in held],
            [isinstance(event.payload, BatchReleased) for event in held],
            [event.payload.remediation_id for event in held],
            [_items(event.payload) for event in held],
            [stamp_of(event).time for event in held],
            [event.event_id for event in held],
        )

    async def add_projects(self, projects: Iterable[ProjectDefined]) -> None:
        """Keep each project's definition with the highest revision."""
        ordered = sorted(projects, key=lambda each: (each.revision, each.dataset, each.accountable))
        latest = {project.project: project for project in ordered}
        held = [latest[name] for name in sorted(latest)]
        await self._connection.execute(
            _QUERIES["add_projects"],
            [project.project for project in held],
            [project.revision for project in held],
            [project.dataset for project in held],
            [project.accountable for project in held],
            [project.label_schema.kind for project in held],
        )

    async def add_decision(self, event: Received[Any], request: PublishRequest) -> None:
        """Keep a decision to publish; ``event`` is the one that said so."""
        await self._connection.execute(
            _QUERIES["add_decisions"], request.decision_id, request.dataset, request.project,
            request.parent_version, request.batch_ids, request.recipe, request.made_by,
            request.role, request.made_at, *stamp_of(event), event.trace_id, event.correlation_id,
        )  # fmt: skip

    async def open_decisions(
        self, projects: Iterable[str], datasets: Iterable[str]
    ) -> list[RecordedDecision]:
        """Every decision not carried out on the datasets that these concern."""
        rows = await self._connection.fetch(
            _QUERIES["open_decisions"], sorted(set(projects)), sorted(set(datasets))
        )
        return [_decision(row) for row in rows]

    async def decision(self, decision_id: str) -> RecordedDecision:
        """A decision that is held."""
        return _decision(await self._connection.fetchrow(_QUERIES["decision"], decision_id))

    async def close(self, outcomes: Iterable[tuple[PublishRequest, Outcome]]) -> None:
        """Keep what became of requests."""
        held = sorted(outcomes, key=lambda each: each[0].decision_id)
        await self._connection.execute(
            _QUERIES["close_decisions"],
            [request.decision_id for request, _ in held],
            [outcome.state for _, outcome in held],
            [outcome.reason for _, outcome in held],
        )

    async def known(self, requests: Sequence[PublishRequest]) -> Known:
        """What the verdicts on these requests depend on."""
        projects = await self._connection.fetch(
            _QUERIES["projects"], [request.project for request in requests]
        )
        batches = await self._connection.fetch(
            _QUERIES["batches"], [name for request in requests for name in request.batch_ids]
        )
        versions = await self._connection.fetch(
            _QUERIES["versions"],
            [
                version_id(request.dataset, number)
                for request in requests
                for number in (request.parent_version, request.version)
            ],
        )
        return Known(
            {row["project"]: ProjectStandard(row["dataset"], row["accountable"])
             for row in projects},
            {row["batch_id"]: BatchVerdict(row["project"], row["released"]) for row in batches},
            {row["version_id"]: HeldVersion(
                row["sealed"], tuple(row["batch_ids"]), row["decided"], row["recipe"]
             ) for row in versions},
        )  # fmt: skip

    async def remediations(self, batch_ids: Sequence[str]) -> tuple[str, ...]:
        """The data work that batches answer."""
        rows = await self._connection.fetch(_QUERIES["remediations_of_batches"], batch_ids)
        return tuple(row["remediation_id"] for row in rows)

    async def history(self, dataset: str) -> list[dict[str, Any]]:
        """Every decision to publish a version of a dataset, and what became of it."""
        rows = await self._connection.fetch(_QUERIES["decisions_of_dataset"], dataset)
        return [dict(row) for row in rows]


def _decision(row: Any) -> RecordedDecision:
    return RecordedDecision(
        PublishRequest(
            row["decision_id"], row["dataset"], row["project"], row["parent_version"],
            tuple(row["batch_ids"]), row["made_by"], row["role"], row["made_at"], row["recipe"],
        ),
        Stamp(row["event_time"], row["event_id"]),
        row["trace_id"],
        row["correlation_id"],
    )  # fmt: skip


def _items(event: BatchReleased | BatchBlocked) -> str:
    return _ITEMS.dump_json(event.items).decode() if isinstance(event, BatchReleased) else "[]"
