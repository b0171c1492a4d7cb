"""What changes with time alone: backlogs, forecasts, scorecards, expired qualifications."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog

from aidataops.database import Connection
from aidataops.events import Payload
from aidataops.events.annotation import (
    AnnotatorQualificationExpired,
    CapacityChanged,
    CapacityForecast,
    PoolDefined,
    VendorScored,
)
from aidataops.messaging import Origin, UnitOfWork
from annotation_intake.domain.identity import digest_of
from annotation_intake.domain.scorecard import wilson_interval
from annotation_intake.domain.staffing import (
    annotators_needed,
    finished_at,
    lead_time_hours,
    working_hours,
)
from annotation_intake.store.capacity import CapacityStore, name_of
from annotation_intake.store.reports import ReportStore

if TYPE_CHECKING:
    from aidataops.messaging import Application

log = structlog.get_logger()

WINDOW = timedelta(days=7)
"""Over which throughput is measured."""
HORIZON_HOURS = 40.0
"""In which forecast labels are to be given: a working week."""
HANDLING_SECONDS = 60.0
"""Of a label, where a project has no pool that says."""


class Reporting:
    """Works reports on some projects out from all that is known of them now."""

    def __init__(self, connection: Connection, projects: Sequence[str], now: datetime) -> None:
        self._store = ReportStore(connection)
        self._pools = CapacityStore(connection)
        self._projects = projects
        self._now = now

    async def stages(self) -> list[dict[str, Any]]:
        """What waits at each stage: tasks, and the labels that they still want."""
        return await self._store.fetch("list_backlogs", self._projects)

    async def capacity(self) -> list[CapacityChanged]:
        """Every pool with its share of its project's backlog."""
        pools = await self._pools.list_pools(self._projects)
        backlogs: dict[str, int] = {}
        for row in await self.stages():
            backlogs[row["project"]] = backlogs.get(row["project"], 0) + int(row["labels"])
        done = {
            (row["project"], row["vendor"], row["pool"]): int(row["labels"])
            for row in await self._store.fetch(
                "list_throughputs", self._projects, self._now - WINDOW
            )
        }
        people: dict[str, int] = {}
        for pool in pools:
            people[pool.project] = people.get(pool.project, 0) + len(pool.members)
        return [
            self._capacity(
                pool,
                -(-backlogs.get(pool.project, 0) * len(pool.members) // people[pool.project])
                if people[pool.project]
                else backlogs.get(pool.project, 0),
                done.get((pool.project, pool.vendor, pool.pool), 0),
            )
            for pool in pools
        ]

    def _capacity(self, pool: PoolDefined, backlog: int, done: int) -> CapacityChanged:
        annotators = len(pool.members)
        open_hours = working_hours(pool.shifts, self._now - WINDOW, self._now)
        throughput = done / open_hours if done and open_hours else None
        pace = throughput or annotators * 3600 / pool.handling_seconds
        lead = lead_time_hours(backlog, pace)
        return CapacityChanged(
            project=pool.project,
            pool=pool.pool,
            vendor=pool.vendor,
            annotators=annotators,
            backlog=backlog,
            throughput_per_hour=throughput,
            lead_time_hours=lead,
            annotators_needed=annotators_needed(
                arrivals_per_hour=backlog / HORIZON_HOURS,
                handling_seconds=pool.handling_seconds,
                wait_seconds=pool.target_wait_seconds,
                level=pool.service_level,
            ),
            promised_at=None if lead is None else finished_at(pool.shifts, self._now, lead),
        )

    async def forecasts(self) -> list[CapacityForecast]:
        """What open remediations will ask of each project."""
        handling: dict[str, list[float]] = {}
        for pool in await self._pools.list_pools(self._projects):
            handling.setdefault(pool.project, []).append(pool.handling_seconds)
        found = []
        for row in await self._store.fetch("list_forecasts", self._projects):
            known = handling.get(row["project"], [HANDLING_SECONDS])
            seconds, labels = sum(known) / len(known), int(row["labels"])
            found.append(
                CapacityForecast(
                    project=row["project"],
                    remediations=row["remediations"],
                    labels=labels,
                    hours=labels * seconds / 3600,
                    horizon_hours=HORIZON_HOURS,
                    annotators=annotators_needed(
                        arrivals_per_hour=labels / HORIZON_HOURS,
                        handling_seconds=seconds,
                        wait_seconds=3600,
                        level=0.95,
                    ),
                )
            )
        return found

    async def scorecards(self) -> list[VendorScored]:
        """How good, fast and dear every vendor is in every project."""
        found = []
        for row in await self._store.fetch("list_scorecards", self._projects):
            lower, upper = wilson_interval(row["golden_correct"], row["golden_total"])
            found.append(VendorScored(**row, golden_lower=lower, golden_upper=upper))
        return found


async def report(work: UnitOfWork, origin: Origin) -> None:
    """Say what has changed since it was said last, of projects that something happened to.

    What time alone changes (throughput, promises) is no news.
    """
    store = CapacityStore(work.connection)
    await store.lock({name_of("reporting")})
    for place in await store.take_expired(work.now):
        project, vendor, annotator, version, domain = place
        expired = AnnotatorQualificationExpired(
            project=project,
            annotator=annotator,
            vendor=vendor,
            guideline_version=version,
            domain=domain,
            reason="expired",
        )
        work.emit(expired, cause=origin)
    projects = await ReportStore(work.connection).take_touched()
    if not projects:
        return
    reporting = Reporting(work.connection, projects, work.now)
    await _say(work, origin, "capacity", await reporting.capacity(), _without_time)
    await _say(work, origin, "forecast", await reporting.forecasts(), digest_of)
    await _say(work, origin, "scorecard", await reporting.scorecards(), digest_of)


async def _say(
    work: UnitOfWork,
    origin: Origin,
    kind: str,
    payloads: list[Any],
    digest: Callable[[Any], str],
) -> None:
    by_name: Mapping[str, Payload] = {
        name_of(one.project, getattr(one, "vendor", ""), getattr(one, "pool", "")): one
        for one in payloads
    }
    digests = {name: digest(one) for name, one in by_name.items()}
    news = await ReportStore(work.connection).is_news(kind, digests)
    for name in sorted(news):
        work.emit(by_name[name], cause=origin)


def _without_time(changed: CapacityChanged) -> str:
    """Throughput and promises move all the time: a new backlog or staffing is news."""
    lasting = {"throughput_per_hour": None, "lead_time_hours": None, "promised_at": None}
    return digest_of(changed.model_copy(update=lasting))


def reporting_every(seconds: float) -> Callable[[Application], Any]:
    """What a service does in the background: report, wait, report."""

    async def run(application: Application) -> None:
        while True:
            await asyncio.sleep(seconds)
            origin = Origin.of(f"report/{uuid4()}")
            try:
                async with application.unit_of_work(origin) as work:
                    await report(work, origin)
            except Exception as error:  # noqa: BLE001 - the next one may succeed
                log.warning("A report failed.", error=repr(error))

    return run
