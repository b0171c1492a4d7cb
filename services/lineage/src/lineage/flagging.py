"""Telling everybody what is wrong behind a version, once, and when it no longer is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import ErasureCompleted, ErasureRequested, VersionFlagged
from aidataops.messaging import Received, UnitOfWork
from aidataops.messaging.cloudevents import Cause
from lineage.domain.flags import FlagCause, Suspicion, sentence
from lineage.proposing import propose
from lineage.store import ContentStore, DecisionStore, FlagStore


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
        """Take the contents away for good, and say what they had reached."""
        await self._decisions.lock()
        contents = ContentStore(self._work.connection)
        await contents.erase([request.payload for request in requests], self._work.now)
        for request in requests:
            suspicion = Suspicion(FlagCause.ERASURE, request.payload.subject, active=True)
            counts = await self._tell(suspicion, request)
            trained = await self._flags.models(counts)
            self._work.emit(
                ErasureCompleted(
                    subject=request.payload.subject,
                    project=request.payload.project,
                    items=await contents.count_erased(request.payload.subject),
                    versions=tuple(_reference(name) for name in sorted(counts)),
                    training_runs=_all(each["runs"] for each in trained.values()),
                    models=_all(each["models"] for each in trained.values()),
                ),
                cause=request,
            )
        await propose(self._work, requests[-1])

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
