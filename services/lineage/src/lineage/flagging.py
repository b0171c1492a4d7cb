"""Telling everybody what is wrong behind a version, once, and when it no longer is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from aidataops.erasure import tell_erased
from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import (
    ErasureApplied,
    ErasureCompleted,
    ErasurePart,
    ErasureRequested,
    VersionFlagged,
)
from aidataops.messaging import Received, UnitOfWork
from aidataops.messaging.cloudevents import Cause
from lineage.domain.flags import FlagCause, Suspicion, sentence
from lineage.proposing import propose
from lineage.store import ContentStore, DecisionStore, FlagStore

KEEPERS = frozenset(
    (
        "annotation-intake",
        "console",
        "feedback-router",
        "gateway",
        "lineage",
        "qa",
        "sourcing",
    )
)
"""The services that may keep something of an item, be it in a dead letter."""


class Flagging:
    """Judges what is suspect against the sealed versions, within one unit of work.

    Judging and sealing take the same lock: whoever comes second sees what the first one added.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._flags = FlagStore(work.connection)
        self._decisions = DecisionStore(work.connection)

    async def judge(self, cause: Cause, about: Iterable[str] | None = None) -> None:
        """Flag what rests on these, or (without names) on anything that is suspect."""
        await self._decisions.lock()
        names = None if about is None else sorted(set(about))
        if names is not None:
            await self._flags.lock_standing(names, shared=False)
        for suspicion in await self._flags.suspicions(names):
            await self._tell(suspicion, cause)

    async def reached(self, cause: Cause, names: Iterable[str]) -> None:
        """Items have come that these sources or annotators reached: flag, if they are suspect."""
        held = sorted(set(names))
        await self._flags.lock_standing(held, shared=True)
        for suspicion in await self._flags.suspicions(held):
            if suspicion.active and suspicion.cause is not FlagCause.GUIDELINE_SUPERSEDED:
                await self._tell(suspicion, cause)

    async def erase(self, requests: Sequence[Received[ErasureRequested]]) -> None:
        """Take contents and texts away for good, flag what they had reached, and say so."""
        contents = ContentStore(self._work.connection)
        await contents.lock_texts(shared=False)
        await self._decisions.lock()
        await contents.lock(sorted({name for one in requests for name in one.payload.item_ids}))
        for request in requests:
            await contents.await_parts(request.event_id, KEEPERS)
            texts = await contents.erase(request.payload, self._work.now)
            suspicion = Suspicion(FlagCause.ERASURE, request.payload.subject, active=True)
            await self._tell(suspicion, request)
            await tell_erased(request, self._work, texts=texts)
        subjects = {request.payload.subject for request in requests}
        await propose(self._work, requests[-1], subjects=subjects)

    async def complete(
        self, parts: Sequence[Received[ErasureApplied]], retention: timedelta
    ) -> None:
        """Say that an erasure is completed as soon as the last service has done its part.

        Lineage is one of them, so that by then the tombstones are set.
        """
        await self._decisions.lock()
        contents = ContentStore(self._work.connection)
        for part in parts:
            done = await contents.add_part(part.payload)
            awaited = await contents.awaited(part.payload.request_id)
            if part.payload.service in awaited <= {each.service for each in done}:
                await self._tell_completed(part, done, retention)

    async def _tell_completed(
        self,
        last: Received[ErasureApplied],
        parts: tuple[ErasurePart, ...],
        retention: timedelta,
    ) -> None:
        subject = last.payload.subject
        contents = ContentStore(self._work.connection)
        suspicion = Suspicion(FlagCause.ERASURE, subject, active=True)
        counts = await self._flags.touched(suspicion)
        trained = await self._flags.models(counts)
        completed = ErasureCompleted(
            subject=subject,
            project=last.payload.project,
            items=await contents.count_erased(subject),
            versions=tuple(_reference(name) for name in sorted(counts)),
            training_runs=_all(each["runs"] for each in trained.values()),
            models=_all(each["models"] for each in trained.values()),
            request_id=last.payload.request_id,
            parts=parts,
            gone_from_topics_at=self._work.now + retention,
        )
        self._work.emit(completed, cause=last)

    async def _tell(self, suspicion: Suspicion, cause: Cause) -> dict[str, int]:
        counts = dict(await self._flags.touched(suspicion))
        news = await self._flags.tell(suspicion, counts)
        trained = await self._flags.models(row["version_id"] for row in news)
        for row in news:
            self._work.emit(_flagged(suspicion, row, trained), cause=cause)
        return counts


def _flagged(suspicion: Suspicion, row: Any, trained: Any) -> VersionFlagged:
    return VersionFlagged(
        dataset=row["dataset"],
        version=row["version"],
        project=row["project"],
        reason=sentence(suspicion, row["items"]),
        items=row["items"],
        cause=suspicion.cause.value,
        about=suspicion.about,
        models=tuple(sorted(trained[row["version_id"]]["models"])),
    )


def _reference(version_id: str) -> DatasetReference:
    dataset, _, version = version_id.rpartition("@")
    return DatasetReference(dataset=dataset, version=int(version))


def _all(names: Iterable[set[str]]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*names)))
