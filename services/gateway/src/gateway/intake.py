"""Events that were read, on their way into the outbox: new, known, or in conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aidataops.client.identity import mint_event_id
from aidataops.messaging import Origin, UnitOfWork
from gateway.domain.admission import Admitted
from gateway.domain.problems import FieldError, Problem
from gateway.store import ReceivedEventStore

_OTHER_CONTENT = "send corrected content under a new id"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event: 202 new, 200 known, otherwise the problem's status."""

    id: str | None
    status: int
    event_id: str | None = None
    problem: Problem | None = None


async def take_in(
    work: UnitOfWork, events: Sequence[Admitted | Verdict], origin: Origin
) -> list[Verdict]:
    """Emit what is new; a verdict for every event, in their order.

    Events that were refused before come as their verdict and stay as they are. An id that stands
    twice in the batch is one event with the same content, and a conflict with another.
    """
    ids = {
        index: UUID(mint_event_id(event.source, event.id))
        for index, event in enumerate(events)
        if isinstance(event, Admitted)
    }
    hashes: dict[UUID, bytes] = {}
    for index, event in enumerate(events):
        if isinstance(event, Admitted):
            hashes.setdefault(ids[index], event.body_hash)
    new, known = await ReceivedEventStore(work.connection).claim(hashes, work.now)
    hashes.update(known)
    verdicts = []
    for index, event in enumerate(events):
        if isinstance(event, Verdict):
            verdicts.append(event)
            continue
        event_id = ids[index]
        if hashes[event_id] != event.body_hash:
            verdicts.append(Verdict(event.id, 409, str(event_id), _conflict(event)))
        elif event_id in new:
            new.remove(event_id)
            _emit(work, event, str(event_id), origin)
            verdicts.append(Verdict(event.id, 202, str(event_id)))
        else:
            verdicts.append(Verdict(event.id, 200, str(event_id)))
    return verdicts


def _emit(work: UnitOfWork, event: Admitted, event_id: str, origin: Origin) -> None:
    cause = Origin(event_id, event_id, origin.traceparent)
    work.emit(event.payload, cause=cause, event_id=event_id, source=event.source)


def _conflict(event: Admitted) -> Problem:
    detail = f"{event.source} sent other content under the id {event.id!r} before"
    return Problem(
        "conflict",
        f"{detail}; {_OTHER_CONTENT}",
        (FieldError("$.id", detail, _OTHER_CONTENT),),
    )
