"""The tables of pools, requests for people, demand, costs and golden answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import CapacityRequested, CostReported, PoolDefined
from aidataops.events.quality import GoldenScored
from annotation_intake.domain.identity import digest_of
from annotation_intake.domain.scaling import CapacityRequest, ScaleVerdict
from annotation_intake.domain.scorecard import Answer

Place = tuple[str, str, str, str, str]
"""Project, vendor, annotator, guideline version, domain."""


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request with what it is judged by, and what was told of it."""

    request: CapacityRequest
    lower: float | None
    floor: float
    told: tuple[bool | None, float | None, float | None]
    revision: int


class CapacityStore:
    """Set-wise reads and writes."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_pools(self, pools: Sequence[tuple[PoolDefined, datetime]]) -> None:
        """Write pools down; ``pools`` has every revision once."""
        await self._connection.execute(
            self.queries["add_pools"],
            [one.project for one, _ in pools],
            [one.vendor for one, _ in pools],
            [one.pool for one, _ in pools],
            [one.revision for one, _ in pools],
            [one.model_dump_json() for one, _ in pools],
            [time for _, time in pools],
            [digest_of(one) for one, _ in pools],
        )

    async def list_pools(self, projects: Collection[str]) -> list[PoolDefined]:
        """The pools of projects that are in force."""
        rows = await self._connection.fetch(self.queries["list_pools"], list(projects))
        return [PoolDefined.model_validate_json(row["document"]) for row in rows]

    async def add_requests(self, requests: Sequence[tuple[CapacityRequested, datetime]]) -> None:
        """Write requests down; ``requests`` has every one once."""
        await self._connection.execute(
            self.queries["add_capacity_requests"],
            [one.request_id for one, _ in requests],
            [one.project for one, _ in requests],
            [one.vendor for one, _ in requests],
            [one.pool for one, _ in requests],
            [one.annotators for one, _ in requests],
            [time for _, time in requests],
            [digest_of(one) for one, _ in requests],
        )

    async def list_requests(self, projects: Collection[str]) -> list[StoredRequest]:
        """All requests of projects."""
        rows = await self._connection.fetch(self.queries["list_capacity_requests"], list(projects))
        return [
            StoredRequest(
                CapacityRequest(
                    row["request_id"], row["project"], row["vendor"], row["pool"], row["annotators"]
                ),
                row["lower"],
                row["floor_then"],
                (row["granted"], row["agreement_lower"], row["floor"]),
                row["told_revision"],
            )
            for row in rows
        ]

    async def save_verdicts(self, verdicts: Mapping[str, ScaleVerdict]) -> None:
        """Keep account of what was told of requests."""
        await self._connection.execute(
            self.queries["save_growth"],
            list(verdicts),
            [one.granted for one in verdicts.values()],
            [one.agreement_lower for one in verdicts.values()],
            [one.floor for one in verdicts.values()],
        )

    async def add_demands(self, demands: Mapping[str, tuple[str, int]]) -> None:
        """Remediation → project and how many items it needs labelled."""
        await self._connection.execute(
            self.queries["add_demands"],
            list(demands),
            [project for project, _ in demands.values()],
            [items for _, items in demands.values()],
        )

    async def close_demands(self, remediations: Collection[str]) -> set[str]:
        """These remediations need no labels any more; returns their projects, where known."""
        rows = await self._connection.fetch(self.queries["close_demands"], list(remediations))
        return {row["project"] for row in rows if row["project"] is not None}

    async def add_costs(self, costs: Sequence[tuple[CostReported, datetime]]) -> None:
        """Write statements down; ``costs`` has every one once."""
        await self._connection.execute(
            self.queries["add_costs"],
            [one.statement_id for one, _ in costs],
            [one.project for one, _ in costs],
            [one.vendor for one, _ in costs],
            [one.amount for one, _ in costs],
            [one.currency for one, _ in costs],
            [time for _, time in costs],
            [digest_of(one) for one, _ in costs],
        )

    async def add_golden_scores(self, scores: Sequence[tuple[GoldenScored, datetime]]) -> None:
        """Write down how golden items were answered; ``scores`` has every label once."""
        await self._connection.execute(
            self.queries["add_golden_scores"],
            [one.label_id for one, _ in scores],
            [one.project for one, _ in scores],
            [one.vendor for one, _ in scores],
            [one.annotator for one, _ in scores],
            [one.correct for one, _ in scores],
            [time for _, time in scores],
            [digest_of(one) for one, _ in scores],
        )

    async def lock(self, names: Collection[str]) -> None:
        """Keep others from working on what these names stand for."""
        await self._connection.execute(self.queries["lock"], sorted(names))

    async def list_scored(self, labels: Collection[str]) -> set[tuple[str, str, str]]:
        """Whose labels among these QA has scored: project, vendor, annotator."""
        rows = await self._connection.fetch(self.queries["list_scored"], list(labels))
        return {(row["project"], row["vendor"], row["annotator"]) for row in rows}

    async def list_answers(
        self, people: Collection[tuple[str, str, str]]
    ) -> dict[Place, list[Answer]]:
        """The golden answers of people (project, vendor, annotator), by version and domain."""
        rows = await self._connection.fetch(
            self.queries["list_golden_answers"],
            *([one[place] for one in people] for place in range(3)),
        )
        found: dict[Place, list[Answer]] = {}
        for row in rows:
            answer = Answer(row["submitted_at"], row["label_id"], row["correct"])
            found.setdefault(_place_of(row), []).append(answer)
        return found

    async def save_qualifications(
        self, until: Mapping[Place, datetime | None]
    ) -> dict[Place, datetime | None]:
        """Write down until when people are qualified; returns what was told of each."""
        rows = await self._connection.fetch(
            self.queries["save_qualifications"], *_columns(until), list(until.values())
        )
        return {_place_of(row): row["told"] for row in rows}

    async def tell_qualifications(self, told: Mapping[Place, datetime | None]) -> None:
        """Keep account of what was told."""
        await self._connection.execute(
            self.queries["tell_qualifications"], *_columns(told), list(told.values())
        )

    async def take_expired(self, now: datetime) -> list[Place]:
        """Qualifications that are over since they were told of; each is taken once."""
        rows = await self._connection.fetch(self.queries["list_expired"], now)
        return sorted(_place_of(row) for row in rows)


def _columns(places: Collection[Place]) -> list[list[str]]:
    return [[one[column] for one in places] for column in range(5)]


def _place_of(row: Any) -> Place:
    return (
        row["project"],
        row["vendor"],
        row["annotator"],
        row["guideline_version"],
        row["domain"],
    )


def name_of(*parts: str) -> str:
    """A name that keeps its parts apart."""
    return json.dumps(parts)
