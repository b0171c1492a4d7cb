"""The read model's tables: set-wise, commutative upserts."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from aidataops.database import Connection, Queries
from aidataops.events import Payload
from aidataops.events.annotation import TaskCreated
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    FailuresJoined,
    FindingsDismissed,
    RegressionDetected,
    RemediationRequested,
    RemediationScheduled,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    GoldenScored,
)
from aidataops.messaging import Received
from console.domain.lifecycle import Move

P = TypeVar("P", bound=Payload)
Verdict = Received[BatchReleased] | Received[BatchBlocked]
Standing = Received[AnnotatorSuspended] | Received[AnnotatorReinstated]

_QUERIES = Queries.load("console")


class Route(NamedTuple):
    """Where a failure went."""

    failure_id: str
    via: str
    target: str
    revision: int = 0


def stamp(event: Received[Any]) -> tuple[datetime, str]:
    """An order of events that is the same in whatever order they come."""
    return event.occurred_at, event.event_id


class ReadModel:
    """Keeps what the page shows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_failures(self, events: Sequence[Received[EvaluationFailure]]) -> None:
        """Failures as reported; the first report of one counts."""
        first = _pick(events, lambda each: each.failure_id, stamp, highest=False)
        await self._add("add_failures", [
            (one.failure_id, one.run_id, one.project, one.model, one.task, one.category.value,
             one.severity, json.dumps(one.slices), *stamp(event))
            for event in first for one in (event.payload,)
        ])  # fmt: skip

    async def add_dismissals(self, events: Sequence[Received[FindingsDismissed]]) -> None:
        """Failures that need no data work, by run."""
        latest = _pick(events, lambda each: each.run_id, _revision)
        await self._add("add_dismissals", [
            (one.run_id, one.revision, one.reason, *stamp(event))
            for event in latest for one in (event.payload,)
        ])  # fmt: skip
        await self._add_routes(
            Route(failure_id, "dismissal", event.payload.run_id, event.payload.revision)
            for event in events
            for failure_id in event.payload.failure_ids
        )

    async def add_regressions(self, events: Sequence[Received[RegressionDetected]]) -> None:
        """Regressions by their newest revision, with their failures."""
        latest = _pick(events, lambda each: each.regression_id, _revision)
        await self._add("add_regressions", [
            (one.regression_id, one.revision, one.project, one.model, one.metric,
             json.dumps(one.slices), one.pairs, one.passed_before, one.passed_after, one.p_value,
             one.q_value, one.attribution.verdict, one.attribution.sentence, *stamp(event))
            for event in latest for one in (event.payload,)
        ])  # fmt: skip
        await self._add_routes(
            Route(failure_id, "regression", event.payload.regression_id, event.payload.revision)
            for event in events
            for failure_id in event.payload.failure_ids
        )

    async def add_remediations(self, events: Sequence[Received[RemediationRequested]]) -> None:
        """Remediations and the findings that they answer."""
        first = _pick(events, lambda each: each.remediation_id, stamp, highest=False)
        await self._add("add_remediations", [
            (one.remediation_id, one.project, one.kind, json.dumps(one.slices), one.model,
             one.priority, one.reason, *stamp(event))
            for event in first for one in (event.payload,)
        ])  # fmt: skip
        answers = {
            (regression_id, event.payload.remediation_id)
            for event in events
            for regression_id in event.payload.regression_ids
        }
        await self._add("add_answers", sorted(answers))
        await self.add_joined(events)

    async def add_joined(
        self, events: Sequence[Received[RemediationRequested] | Received[FailuresJoined]]
    ) -> None:
        """Failures that remediations answer: those that requests name, and later ones."""
        await self._add_routes(
            Route(failure_id, "remediation", event.payload.remediation_id)
            for event in events
            for failure_id in event.payload.failure_ids
        )

    async def add_schedules(self, events: Sequence[Received[RemediationScheduled]]) -> None:
        """Until when remediations are promised, by their newest revision."""
        latest = _pick(events, lambda each: each.remediation_id, _revision)
        await self._add("add_schedules", [
            (one.remediation_id, one.revision, one.due_at, one.reason, *stamp(event))
            for event in latest for one in (event.payload,)
        ])  # fmt: skip

    async def add_steps(self, events: Sequence[Received[P]], describe: Callable[[P], Move]) -> None:
        """What happened to remediations."""
        moves = sorted((describe(event.payload), event.event_id, event) for event in events)
        await self._add("add_steps", [
            (move.remediation_id, event_id, move.step, move.detail, event.occurred_at)
            for move, event_id, event in moves
        ])  # fmt: skip

    async def add_orders(self, events: Sequence[Received[TaskCreated]]) -> None:
        """Batches that are being labelled, by their tasks."""
        orders = {
            event.payload.batch_id: (event.payload.project, event.payload.batch_size)
            for event in sorted(events, key=lambda each: each.payload.batch_size)
        }
        await self._add("add_orders", [(name, *orders[name]) for name in sorted(orders)])

    async def add_agreements(self, events: Sequence[Received[AgreementMeasured]]) -> None:
        """How well each batch's annotators agree; other scopes are not shown."""
        batches = [event for event in events if event.payload.scope == "batch"]
        latest = _pick(batches, lambda each: each.scope_value, stamp)
        await self._add("add_agreements", [
            (one.scope_value, one.project, one.agreement.value, one.agreement.lower,
             one.agreement.upper, one.agreement.reason, one.agreement.labels,
             one.agreement.annotators, one.floor, one.verdict, *stamp(event))
            for event in latest for one in (event.payload,)
        ])  # fmt: skip

    async def add_verdicts(self, events: Sequence[Verdict]) -> None:
        """The release gate's newest verdict on each batch."""
        latest = _pick(events, lambda each: each.batch_id, _revision)
        await self._add("add_verdicts", [
            (one.batch_id, one.revision, one.project, released is not None,
             released is not None
             and (released.agreement.value is not None or released.agreement.reason is not None),
             len(released.items) if released is not None else 0,
             json.dumps([check.name for check in one.checks if check.verdict != "passed"]),
             *stamp(event))
            for event in latest for one in (event.payload,)
            for released in (one if isinstance(one, BatchReleased) else None,)
        ])  # fmt: skip

    async def add_standings(self, events: Sequence[Standing]) -> None:
        """Who is suspended and who is trusted again."""
        latest = _pick(events, lambda each: (each.project, each.vendor, each.annotator), stamp)
        await self._add("add_standings", [
            (one.project, one.vendor, one.annotator, isinstance(one, AnnotatorSuspended),
             one.reason, *stamp(event))
            for event in latest for one in (event.payload,)
        ])  # fmt: skip

    async def add_golden_records(
        self, events: Sequence[Received[GoldenScored] | Received[AnnotatorSuspended]]
    ) -> None:
        """Each annotator's record on golden items; a suspension carries one too."""
        latest = _pick(
            events,
            lambda each: (each.project, each.vendor, each.annotator),
            lambda event: (event.payload.golden_total, *stamp(event)),
        )
        await self._add("add_golden_records", [
            (one.project, one.vendor, one.annotator, one.golden_correct, one.golden_total,
             one.wilson_lower, one.wilson_upper, *stamp(event))
            for event in latest if event.payload.golden_total for one in (event.payload,)
        ])  # fmt: skip

    async def add_dataset_versions(self, events: Sequence[Received[VersionPublished]]) -> None:
        """Dataset versions as published."""
        first = _pick(events, lambda each: (each.dataset, each.version), stamp, highest=False)
        await self._add("add_dataset_versions", [
            (one.dataset, one.version, one.project, one.hash, one.items,
             json.dumps([f"{parent.dataset}@{parent.version}" for parent in one.parents]),
             json.dumps(one.batch_ids), json.dumps(one.remediation_ids), *stamp(event))
            for event in first for one in (event.payload,)
        ])  # fmt: skip

    async def _add_routes(self, routes: Iterable[Route]) -> None:
        newest = {route[:3]: route for route in sorted(routes)}
        await self._add("add_routes", [newest[key] for key in sorted(newest)])

    async def _add(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement over columns, which Postgres unnests into rows again."""
        if rows:
            await self._connection.execute(_QUERIES[query], *map(list, zip(*rows, strict=True)))


def _revision(event: Received[Any]) -> tuple[Any, ...]:
    return event.payload.revision, *stamp(event)


def _pick(
    events: Sequence[Any],
    key: Callable[[Any], Hashable],
    rank: Callable[[Any], Any],
    *,
    highest: bool = True,
) -> list[Any]:
    """The event of the highest (or lowest) rank for each key, in the order of the keys."""
    picked = {key(event.payload): event for event in sorted(events, key=rank, reverse=not highest)}
    return [picked[name] for name in sorted(picked)]  # type: ignore[type-var]
