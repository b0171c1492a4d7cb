"""People who label: how many there are, whether there may be more, and who is qualified."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from aidataops.events import Payload
from aidataops.events.annotation import (
    AnnotatorQualificationExpired,
    AnnotatorQualified,
    CapacityGranted,
    CapacityRefused,
    CapacityRequested,
    CostReported,
    PoolDefined,
)
from aidataops.events.feedback import RemediationRequested
from aidataops.events.quality import GoldenScored
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.domain.identity import digest_of
from annotation_intake.domain.scaling import ScaleVerdict, judge_growth
from annotation_intake.domain.scorecard import Standing, qualify
from annotation_intake.store.capacity import CapacityStore, Place, StoredRequest, name_of
from annotation_intake.store.reports import ReportStore

P = TypeVar("P", bound=Payload)

_LABELLED = ("source_items", "annotate", "reannotate_cohort")
"""Kinds of remediation that need labels."""


class Capacity:
    """Takes in what capacity depends on, and decides on growth and qualification."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = CapacityStore(work.connection)
        self._reports = ReportStore(work.connection)

    async def define_pools(self, events: Sequence[Received[PoolDefined]]) -> None:
        """Learn who works when."""
        first = _each(events, "project", "vendor", "pool", "revision", last=False)
        await self._store.add_pools([(event.payload, event.occurred_at) for event in first])
        await self._reports.touch({event.payload.project for event in first})

    async def report_costs(self, events: Sequence[Received[CostReported]]) -> None:
        """Learn what vendors charge."""
        latest = _each(events, "statement_id", last=True)
        await self._store.add_costs([(event.payload, event.occurred_at) for event in latest])
        await self._reports.touch({event.payload.project for event in latest})

    async def expect(self, events: Sequence[Received[RemediationRequested]]) -> None:
        """Learn what will have to be labelled."""
        demands: dict[str, tuple[str, int]] = {}
        for event in events:
            asked = event.payload
            if asked.kind in _LABELLED:
                items = max(asked.quota, len(asked.item_ids))
                _, known = demands.get(asked.remediation_id, ("", 0))
                demands[asked.remediation_id] = (asked.project, max(items, known))
        if demands:
            await self._store.add_demands(demands)
            await self._reports.touch({project for project, _ in demands.values()})

    async def close_demands(self, remediations: Collection[str]) -> None:
        """Expect nothing more to be labelled for these remediations."""
        await self._reports.touch(await self._store.close_demands(remediations))

    async def request(self, events: Sequence[Received[CapacityRequested]]) -> None:
        """Let a pool grow, or say why not."""
        first = _each(events, "request_id", last=False)
        await self._store.lock(_growth(event.payload.project for event in first))
        await self._store.add_requests([(event.payload, event.occurred_at) for event in first])
        await self._judge({event.payload.project for event in first}, cause=events[-1])

    async def judge_requests(self, projects: Collection[str], *, cause: Received[Any]) -> None:
        """Judge requests again: a measurement or a standard may have come late."""
        await self._store.lock(_growth(projects))
        await self._judge(projects, cause=cause)

    async def _judge(self, projects: Collection[str], *, cause: Received[Any]) -> None:
        told: dict[str, ScaleVerdict] = {}
        for stored in await self._store.list_requests(projects):
            verdict = judge_growth(agreement_lower=stored.lower, floor=stored.floor)
            if (verdict.granted, verdict.agreement_lower, verdict.floor) != stored.told:
                told[stored.request.request_id] = verdict
                self._work.emit(_answer(stored, verdict), cause=cause)
        if told:
            await self._store.save_verdicts(told)

    async def score(self, events: Sequence[Received[GoldenScored]]) -> None:
        """Qualify annotators on golden items, or take it back."""
        latest = _each(events, "label_id", last=True)
        people = {
            (event.payload.project, event.payload.vendor, event.payload.annotator)
            for event in latest
        }
        await self._lock(people)
        await self._store.add_golden_scores(
            [(event.payload, event.occurred_at) for event in latest]
        )
        await self._reports.touch({project for project, _, _ in people})
        await self._qualify(people, cause=events[-1])

    async def requalify(self, labels: Collection[str], *, cause: Received[Any]) -> None:
        """QA may have scored these labels before they were known here."""
        people = await self._store.list_scored(labels) if labels else set()
        if people:
            await self._lock(people)
            await self._qualify(people, cause=cause)

    async def _lock(self, people: Collection[tuple[str, str, str]]) -> None:
        await self._store.lock({name_of("qualification", *person) for person in people})

    async def _qualify(
        self, people: Collection[tuple[str, str, str]], *, cause: Received[Any]
    ) -> None:
        answers = await self._store.list_answers(people)
        standings = {place: qualify(given) for place, given in answers.items()}
        until = {place: standing.expires_at for place, standing in standings.items()}
        told = await self._store.save_qualifications(until)
        changed = {
            place: expires_at
            for place, expires_at in until.items()
            if expires_at != told[place] and (expires_at is None or expires_at > self._work.now)
        }
        for place, expires_at in sorted(changed.items()):
            standing = standings[place]
            news = _lost(place, "failed") if expires_at is None else _earned(place, standing)
            self._work.emit(news, cause=cause)
        await self._store.tell_qualifications(changed)


def _each(events: Sequence[Received[P]], *fields: str, last: bool) -> list[Received[P]]:
    """One event for each value of the fields: the last of them, or the first."""
    found: dict[tuple[Any, ...], Received[P]] = {}
    ordered = sorted(
        events, key=lambda event: (event.occurred_at, digest_of(event.payload)), reverse=not last
    )
    for event in ordered:
        found[tuple(getattr(event.payload, name) for name in fields)] = event
    return list(found.values())


def _growth(projects: Any) -> set[str]:
    return {name_of("growth", project) for project in projects}


def _answer(stored: StoredRequest, verdict: ScaleVerdict) -> CapacityGranted | CapacityRefused:
    asked, revision = stored.request, stored.revision + 1
    if verdict.granted and verdict.agreement_lower is not None:
        return CapacityGranted(
            request_id=asked.request_id,
            project=asked.project,
            pool=asked.pool,
            vendor=asked.vendor,
            revision=revision,
            annotators=asked.annotators,
            agreement_lower=verdict.agreement_lower,
            floor=verdict.floor,
        )
    return CapacityRefused(
        request_id=asked.request_id,
        project=asked.project,
        pool=asked.pool,
        vendor=asked.vendor,
        revision=revision,
        annotators=asked.annotators,
        agreement_lower=verdict.agreement_lower,
        floor=verdict.floor,
        reason=verdict.reason,
    )


def _earned(place: Place, standing: Standing) -> AnnotatorQualified:
    project, vendor, annotator, guideline_version, domain = place
    if standing.expires_at is None:
        raise ValueError(f"{annotator} is not qualified")
    return AnnotatorQualified(
        project=project,
        annotator=annotator,
        vendor=vendor,
        guideline_version=guideline_version,
        domain=domain,
        golden_correct=standing.correct,
        golden_total=standing.total,
        log_likelihood_ratio=standing.log_likelihood_ratio,
        expires_at=standing.expires_at,
    )


def _lost(place: Place, reason: str) -> AnnotatorQualificationExpired:
    project, vendor, annotator, guideline_version, domain = place
    return AnnotatorQualificationExpired(
        project=project,
        annotator=annotator,
        vendor=vendor,
        guideline_version=guideline_version,
        domain=domain,
        reason=reason,
    )
