"""The tables of requests for work and of assignments."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import WorkRequested
from annotation_intake.domain.assigning import Candidate, Requester


@dataclass(frozen=True, slots=True)
class StoredRequester:
    """A requester with the rules that only the tables need."""

    requester: Requester
    tier: str | None
    domains: str
    qualified_only: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    requester: Requester
    task_ids: tuple[str, ...]
    expires_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Ended:
    """An assignment that is over."""

    vendor: str
    request_id: str
    task_id: str
    project: str
    annotator: str
    outcome: str


class AssignmentStore:
    """Set-wise reads and writes; work is given out under a lock on its project."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Keep others from giving out work of these projects until the transaction ends."""
        names = [f"assignment/{project}" for project in projects]
        await self._connection.execute(self.queries["lock"], names)

    async def add_requests(
        self, requests: Collection[WorkRequested], now: datetime
    ) -> set[tuple[str, str]]:
        """Write requests down; returns the (vendor, request id) of those that are new."""
        rows = await self._connection.fetch(
            self.queries["add_work_requests"],
            [one.vendor for one in requests],
            [one.request_id for one in requests],
            [one.project for one in requests],
            [one.annotator for one in requests],
            now,
        )
        return {(row["vendor"], row["request_id"]) for row in rows}

    async def list_requesters(self, requests: Sequence[WorkRequested]) -> list[StoredRequester]:
        """What is known of those who ask, in their order."""
        rows = await self._connection.fetch(
            self.queries["list_requesters"],
            [one.project for one in requests],
            [one.vendor for one in requests],
            [one.annotator for one in requests],
            [one.pool for one in requests],
        )
        return [_to_requester(one, row) for one, row in zip(requests, rows, strict=True)]

    async def list_candidates(
        self, requesters: Sequence[StoredRequester], now: datetime
    ) -> list[list[Candidate]]:
        """The tasks open to each requester: enough also when those before take all they can."""
        before: dict[str, int] = defaultdict(int)
        at_most = []
        for stored in requesters:
            before[stored.requester.project] += stored.requester.wants
            at_most.append(before[stored.requester.project])
        rows = await self._connection.fetch(
            self.queries["list_candidates"],
            list(range(len(requesters))),
            [one.requester.project for one in requesters],
            [one.requester.vendor for one in requesters],
            [one.requester.annotator for one in requesters],
            [one.tier for one in requesters],
            [one.domains for one in requesters],
            [one.qualified_only for one in requesters],
            at_most,
            now,
        )
        found: list[list[Candidate]] = [[] for _ in requesters]
        for row in rows:
            found[row["place"]].append(
                Candidate(
                    row["task_id"],
                    row["batch_id"],
                    row["item_id"],
                    row["golden"],
                    row["requested_at"],
                    row["places"],
                )
            )
        return found

    async def save_answers(self, answers: Sequence[Answer], *, full: Collection[str]) -> None:
        """Write down who has which tasks, what each request was told, which tasks are full."""
        given = [(one, task) for one in answers for task in one.task_ids]
        await self._connection.execute(
            self.queries["add_assignments"],
            [one.requester.vendor for one, _ in given],
            [one.requester.request_id for one, _ in given],
            [task for _, task in given],
            [one.requester.project for one, _ in given],
            [one.requester.annotator for one, _ in given],
            [one.expires_at for one, _ in given],
        )
        await self._save_given_out(full, given_out=True)
        await self._connection.execute(
            self.queries["save_answers"],
            [one.requester.vendor for one in answers],
            [one.requester.request_id for one in answers],
            [one.requester.pool for one in answers],
            [one.expires_at for one in answers],
            [one.reason for one in answers],
        )

    async def end_expired(self, now: datetime, *, at_most: int) -> list[Ended]:
        """End assignments whose time is up."""
        rows = await self._connection.fetch(self.queries["end_expired"], now, at_most)
        return await self._end(rows)

    async def end_suspended(self, people: Collection[tuple[str, str, str]]) -> list[Ended]:
        """End what people (project, vendor, annotator) still have."""
        rows = await self._connection.fetch(
            self.queries["end_suspended"], *([one[place] for one in people] for place in range(3))
        )
        return await self._end(rows)

    async def free(self, task_ids: Collection[str]) -> None:
        """Tasks may have a place again that had none."""
        await self._save_given_out(task_ids, given_out=False)

    async def _end(self, rows: Sequence[Mapping[str, Any]]) -> list[Ended]:
        ended = sorted(Ended(**dict(row)) for row in rows)
        await self.free({one.task_id for one in ended})
        return ended

    async def _save_given_out(self, task_ids: Collection[str], *, given_out: bool) -> None:
        if task_ids:
            names = sorted(task_ids)
            await self._connection.execute(self.queries["save_given_out"], names, given_out)


def _to_requester(asked: WorkRequested, row: Mapping[str, Any]) -> StoredRequester:
    known = Requester(
        asked.request_id,
        asked.project,
        asked.vendor,
        asked.annotator,
        asked.tasks,
        row["golden_rate"],
        row["pool"],
        row["suspended"],
    )
    return StoredRequester(
        known,
        asked.tier,
        row["skills"] or json.dumps([]),
        bool(row["qualified_only"]),
        row["assignment_seconds"] or 0.0,
    )
