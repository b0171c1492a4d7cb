"""A load: events in waves, and the expected accounting of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aidataops.events import Payload
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.messaging.received import identity_of
from tests.faults.invariants import Expectation

SOURCE = "/tests/faults"
START = datetime(2026, 1, 1, tzinfo=UTC)
SMALL_BATCHES = {"AIDATAOPS_BATCH_SIZE": "10"}
"""So that a small load is many transactions."""

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Event:
    """One event of a load, or a record that is none: what it is, and what has to come of it."""

    name: str
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    event_id: str | None = None
    identity: UUID | None = None
    effect: str | None = None
    answers: tuple[str, ...] = ()


Published = Callable[[type[Payload]], Awaitable[Sequence[Payload]]]
"""What the service has published so far of one type, for loads that answer it."""


@dataclass(frozen=True)
class Load:
    """What one service is given.

    ``effects`` is a query of (name, moment) over its tables; ``names_of`` says what a derived event
    announces that is accounted for one by one: nothing where that depends on how events fell into
    batches.
    """

    service: str
    effects: str
    waves: Callable[[Published], AsyncIterator[Sequence[Event]]]
    expectation: Expectation
    names_of: Callable[[Payload], tuple[str, ...]] = lambda _: ()
    environment: dict[str, str] = field(default_factory=dict)


class Clockwork:
    """Turns payloads into events, each with an id and a millisecond of its own."""

    def __init__(self) -> None:
        self._count = 0

    def event(
        self, payload: Payload, effect: str, *, answers: tuple[str, ...] = (), name: str = ""
    ) -> Event:
        """A good event: ``effect`` is the row that it becomes."""
        self._count += 1
        event_id = f"{self._count:05d}-{name or effect}"
        record = encode(
            payload,
            event_id=event_id,
            source=SOURCE,
            time=START + timedelta(milliseconds=self._count),
        )
        return of_record(record, event_id, effect, answers)


def of_record(
    record: OutgoingRecord, event_id: str, effect: str, answers: tuple[str, ...]
) -> Event:
    """An encoded event as a part of a load."""
    return Event(
        name=event_id,
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=record.headers,
        event_id=event_id,
        identity=UUID(identity_of(SOURCE, event_id)),
        effect=effect,
        answers=answers,
    )


def in_waves(
    events: Sequence[Event], size: int
) -> Callable[[Published], AsyncIterator[Sequence[Event]]]:
    """A load that does not depend on what the service says."""

    async def waves(_: Published) -> AsyncIterator[Sequence[Event]]:
        for start in range(0, len(events), size):
            yield events[start : start + size]

    return waves


def union(*parts: str) -> str:
    """One query over several tables; each part selects a name, and may select a moment."""
    whole = (part if "," in part.split("FROM")[0] else _without_moment(part) for part in parts)
    return " UNION ALL ".join(f"SELECT {part}" for part in whole)


def _without_moment(part: str) -> str:
    name, _, rest = part.partition(" FROM ")
    return f"{name}, NULL::timestamptz FROM {rest}"


def names(*kinds: Iterable[str]) -> frozenset[str]:
    """All names of several kinds."""
    return frozenset(name for kind in kinds for name in kind)
