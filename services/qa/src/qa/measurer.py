"""Measuring what streams, in the background: it never stands in the way of consuming."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from typing import Any, cast

import structlog

from aidataops.database import Connection, Queries
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    ConfusionMeasured,
    ConsensusMethodRecommended,
    Scope,
)
from aidataops.messaging import Application, Origin, UnitOfWork
from qa.assessment import Assessor
from qa.domain.consensus.methods import CLOSED, rate_methods
from qa.domain.drift import Series, find_drift, follow, series_of
from qa.domain.measuring import (
    MEASURED,
    Program,
    Tallies,
    measure_scope,
    report_drift,
    suspect_annotator,
    suspect_pair,
)
from qa.store.decisions import DecisionStore
from qa.store.drift import DriftStore
from qa.store.findings import Finding, FindingKey, FindingStore, place_of
from qa.store.programs import list_programs
from qa.store.tallies import Due, ScopeKey, TallyStore

log = structlog.get_logger()

_QUERIES = Queries.load("qa")

EVERY_SECONDS = 1.0
AT_ONCE = 25
"""Scopes measured in one transaction: some hundredths of a second each, in a thread."""


async def measure_continuously(application: Application) -> None:
    """Measure what is due, for as long as the service runs."""
    while True:
        try:
            busy = await measure_some(application)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
            log.warning("Measuring failed and is tried again.", error=repr(error))
            busy = 0
        await asyncio.sleep(0.05 if busy == AT_ONCE else EVERY_SECONDS)


async def measure_all(application: Application) -> None:
    """Measure until nothing is due."""
    while await measure_some(application):
        pass


async def measure_some(application: Application) -> int:
    """Measure what waits longest; returns how many scopes that were.

    What changes meanwhile stays due. The same labels give the same figures, whoever measures
    when.
    """
    now = application.clock.now()
    async with application.pool.acquire() as connection:
        lapsed = await DecisionStore(connection).list_lapsed(now)
        waiting = await TallyStore(connection).list_due(1)
    if lapsed:
        origin = Origin.of(f"qa lapses {sorted(lapsed)} {now.isoformat()}")
        async with application.unit_of_work(origin) as work:
            await Assessor(work).lapse_waivers(origin, lapsed)
    if not waiting:
        return 0
    async with application.unit_of_work(Origin.of(f"qa measures {waiting[0].revision}")) as work:
        return await Measurer(work).measure(AT_ONCE)


class Measurer:
    """One round of measuring, in one transaction; one member of the service at a time."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection: Connection = work.connection
        self._tallies = TallyStore(work.connection)
        self._findings = FindingStore(work.connection)
        self._drift = DriftStore(work.connection)

    async def measure(self, most: int) -> int:
        """Returns how many scopes were measured; 0 when somebody else is at it."""
        if not await self._tallies.lead():
            return 0
        due = await self._tallies.list_due(most)
        programs = await list_programs(self._connection, {one.key[0] for one in due})
        tallies = await self._tallies.list_tallies([one.key for one in due])
        for one in sorted(due, key=lambda one: one.key[1] == "drift"):  # last: it holds what is due
            await self._measure(one, programs[one.key[0]], tallies.get(one.key, {}))
        await self._tallies.drop_due(due)
        return len(due)

    async def _measure(self, due: Due, program: Program, tallies: Tallies) -> None:
        project, scope, value = due.key
        found: list[Finding] = []
        spoken_of: list[FindingKey] = []
        if scope in MEASURED:
            said = await asyncio.to_thread(
                measure_scope, program, cast("Scope", scope), value, tallies
            )
            found += [_finding(payload) for payload in said]
            spoken_of += [("agreement", place_of(project, scope), value)]
            spoken_of += [("confusion", project, value)] if scope == "guideline_version" else []
        if scope == "annotator_pair":
            found += [_finding(flag) for flag in suspect_pair(project, value, tallies)]
            spoken_of += [("flag", project, _subject("collusion", who)) for who in _both(value)]
        elif scope == "annotator":
            flags = suspect_annotator(project, value, tallies, *await self._seconds(due.key))
            found += [_finding(flag) for flag in flags]
            names = ("no_information", "leak_alike", "leak_fast")
            spoken_of += [("flag", project, _subject(name, [json.loads(value)])) for name in names]
        elif scope == "consensus":
            found += await self._recommend(program)
            spoken_of += [("consensus", project, project)]
        elif scope == "drift":
            await self._watch(due)
            return
        await self._say(due, found, spoken_of)

    async def _say(
        self, due: Due, found: Sequence[Finding], spoken_of: Collection[FindingKey]
    ) -> None:
        """Emit what is news; what no longer holds is forgotten, and a flag is cleared."""
        cause = Origin.of(f"qa measured {due.key} {due.revision}")
        gone = set(spoken_of) - {(one.kind, one.scope, one.subject) for one in found}
        for payload in await self._findings.drop_findings(gone):
            if "flag" in json.loads(payload):
                flag = AnnotatorFlagged.model_validate_json(payload)
                self._work.emit(flag.model_copy(update={"cleared": True}), cause=cause)
        news = await self._findings.put_findings(found)
        for one in found:
            if (one.kind, one.scope, one.subject) in news:
                self._work.emit(one.payload, cause=cause)

    async def _seconds(self, key: ScopeKey) -> tuple[list[float], list[float]]:
        """How long an annotator's golden items took, and the others."""
        rows = await self._connection.fetch(_QUERIES["list_seconds"], key[0], *json.loads(key[2]))
        return (
            [row["duration_seconds"] for row in rows if row["golden"]],
            [row["duration_seconds"] for row in rows if not row["golden"]],
        )

    async def _recommend(self, program: Program) -> list[Finding]:
        if program.schema.kind not in CLOSED:
            return []
        rows = await self._connection.fetch(_QUERIES["list_answers"], program.project)
        accuracies = await asyncio.to_thread(
            rate_methods,
            [
                (row["item_id"], f"{row['vendor']}\n{row['annotator']}", row["value"])
                for row in rows
            ],
            {row["item_id"]: row["truth"] for row in rows},
            program.schema.categories,
        )
        if not accuracies:
            return []
        recommended = ConsensusMethodRecommended(
            project=program.project, method=accuracies[0].method, accuracies=accuracies
        )
        return [Finding("consensus", program.project, program.project, recommended)]

    async def _watch(self, due: Due) -> None:
        """Move a project's charts on by the batches that they have not seen.

        Says nothing when scores change meanwhile: what it saw may be of two minds.
        """
        project = due.key[0]
        scores, ends = await self._drift.list_new_scores(project)
        series = {series for score in scores for series in series_of(score)}
        charts = await self._drift.list_charts(project, series)
        steps = await asyncio.to_thread(follow, charts, scores)
        alarms = [step for step in steps if step.chart.alarms]
        everything = await self._drift.list_scores(project) if alarms else []
        drifts = await asyncio.to_thread(find_drift, alarms, everything)
        if not await self._drift.hold(due):
            return
        standing = await self._drift.list_alarms(project)
        await self._drift.put_charts(project, steps, ends)
        kept = {_alarm(series, batch_id) for series, batch_id in standing}
        said = await self._findings.list_subjects("drift", project)
        await self._say(
            due,
            [
                Finding(
                    "drift",
                    project,
                    _alarm((drift.scope, drift.scope_value), drift.batch_id),
                    report_drift(project, drift),
                )
                for drift in drifts
            ],
            [("drift", project, alarm) for alarm in said if alarm not in kept],
        )


def _alarm(series: Series, batch_id: str) -> str:
    return json.dumps([*series, batch_id])


def _finding(payload: AgreementMeasured | ConfusionMeasured | AnnotatorFlagged) -> Finding:
    if isinstance(payload, AgreementMeasured):
        place = place_of(payload.project, payload.scope)
        return Finding("agreement", place, payload.scope_value, payload)
    if isinstance(payload, ConfusionMeasured):
        return Finding("confusion", payload.project, payload.guideline_version, payload)
    who: list[Any] = [[payload.vendor, payload.annotator]]
    if payload.with_annotator is not None:
        who.append([payload.with_vendor, payload.with_annotator])
    return Finding("flag", payload.project, _subject(payload.flag, who), payload)


def _subject(flag: str, who: Sequence[Any]) -> str:
    return json.dumps([flag, *who], ensure_ascii=False)


def _both(value: str) -> tuple[list[Any], list[Any]]:
    first, second = json.loads(value)
    return [first, second], [second, first]
