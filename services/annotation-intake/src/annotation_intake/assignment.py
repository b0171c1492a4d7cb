"""Work that is asked for: given out, and taken back when its time is up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog

from aidataops.events.annotation import TaskAssigned, TaskRequeued, WorkRequested
from aidataops.events.quality import AnnotatorSuspended
from aidataops.messaging import Origin, Received, UnitOfWork
from annotation_intake.domain.assigning import assign, why_not
from annotation_intake.store.assignments import Answer, AssignmentStore, Ended, StoredRequester
from annotation_intake.store.labels import LabelStore

if TYPE_CHECKING:
    from aidataops.messaging import Application

log = structlog.get_logger()

PART = 200
"""Tasks asked for in one step: each request looks past what those before it may take."""
SWEEP = 1000
"""Assignments that end in one transaction."""


class Assignment:
    """Gives out work in set-wise steps; an assignment is a decision of the moment, like a lock."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = AssignmentStore(work.connection)

    async def answer(self, events: Sequence[Received[WorkRequested]]) -> None:
        """Give tasks to those who ask, or say why there are none; each request once."""
        first: dict[tuple[str, str], Received[WorkRequested]] = {}
        for event in events:
            first.setdefault((event.payload.vendor, event.payload.request_id), event)
        asked = [event.payload for event in first.values()]
        await self._store.lock_projects({one.project for one in asked})
        people = {(one.vendor, one.annotator) for one in asked}
        await LabelStore(self._work.connection).share_annotators(people)
        new = await self._store.add_requests(asked, self._work.now)
        for part in _parts(event for key, event in first.items() if key in new):
            answers = await self._give([event.payload for event in part])
            for event, answer in zip(part, answers, strict=True):
                self._work.emit(_assigned(answer), cause=event)

    async def release(self, events: Sequence[Received[AnnotatorSuspended]]) -> None:
        """Take back what suspended annotators still have."""
        people = {
            (one.payload.project, one.payload.vendor, one.payload.annotator) for one in events
        }
        for ended in _free(await self._store.end_suspended(people)):
            self._work.emit(_requeued(ended), cause=events[-1])

    async def requeue(self) -> int:
        """Take back what was not labelled in time; returns how many assignments are over."""
        over = await self._store.end_expired(self._work.now, at_most=SWEEP)
        for ended in _free(over):
            name = json.dumps([ended.vendor, ended.request_id, ended.task_id])
            self._work.emit(_requeued(ended), cause=Origin.of(f"requeue/{name}"))
        return len(over)

    async def _give(self, requests: Sequence[WorkRequested]) -> list[Answer]:
        requesters = await self._store.list_requesters(requests)
        refused = [why_not(one.requester) for one in requesters]
        able = [one for one, reason in zip(requesters, refused, strict=True) if reason is None]
        candidates = await self._store.list_candidates(able, self._work.now) if able else []
        pairs = [(one.requester, open_to) for one, open_to in zip(able, candidates, strict=True)]
        given = assign(pairs)
        task_ids = iter(given.answers)
        answers = [
            self._answer(one, () if reason else tuple(next(task_ids)), reason)
            for one, reason in zip(requesters, refused, strict=True)
        ]
        await self._store.save_answers(answers, full=given.full)
        return answers

    def _answer(
        self, stored: StoredRequester, task_ids: tuple[str, ...], reason: str | None
    ) -> Answer:
        who = stored.requester
        if reason is None and len(task_ids) < who.wants:
            reason = f"no more tasks of {who.project} are open to {who.annotator} of {who.vendor}"
        until = self._work.now + timedelta(seconds=stored.seconds) if task_ids else None
        return Answer(who, task_ids, until, reason or "")


def _parts(
    events: Iterable[Received[WorkRequested]],
) -> Iterator[list[Received[WorkRequested]]]:
    """The events in their order, in parts that ask for `PART` tasks or little more."""
    part: list[Received[WorkRequested]] = []
    for event in events:
        part.append(event)
        if sum(one.payload.tasks for one in part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _free(ended: Iterable[Ended]) -> list[Ended]:
    """Those whose task is there for others again."""
    return [one for one in ended if one.outcome != "labelled"]


def _assigned(answer: Answer) -> TaskAssigned:
    who = answer.requester
    return TaskAssigned(
        request_id=who.request_id,
        project=who.project,
        vendor=who.vendor,
        annotator=who.annotator,
        pool=who.pool,
        task_ids=answer.task_ids,
        expires_at=answer.expires_at,
        reason=answer.reason,
    )


def _requeued(ended: Ended) -> TaskRequeued:
    return TaskRequeued(
        request_id=ended.request_id,
        task_id=ended.task_id,
        project=ended.project,
        vendor=ended.vendor,
        annotator=ended.annotator,
        reason=ended.outcome,
    )


def requeueing_every(seconds: float) -> Callable[[Application], Any]:
    """What a service does in the background: take back what is over, wait, and again."""

    async def run(application: Application) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                over = SWEEP
                while over == SWEEP:
                    origin = Origin.of(f"requeue/{uuid4()}")
                    async with application.unit_of_work(origin) as work:
                        over = await Assignment(work).requeue()
            except Exception as error:  # noqa: BLE001 - the next one may succeed
                log.warning("Assignments could not be taken back.", error=repr(error))

    return run
