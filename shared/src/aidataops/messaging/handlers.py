"""Which function handles which event type, and what it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from aidataops.database.pool import Connection
from aidataops.events import Payload
from aidataops.messaging.cloudevents import Cause, OutgoingRecord, derived_id, encode
from aidataops.messaging.received import Received
from aidataops.messaging.traceparent import follow, names_trace, trace_id_of

P = TypeVar("P", bound=Payload)
Handler = Callable[[Sequence[Received[Any]], "UnitOfWork"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Something from outside that becomes an event: the start, or a continuation, of a trace."""

    event_id: str
    correlation_id: str
    traceparent: bytes
    parent: bytes | None = None

    @classmethod
    def of(
        cls, event_id: str, *, following: str | None = None, correlation_id: str | None = None
    ) -> Origin:
        """An origin under ``event_id``, in the trace of a W3C ``traceparent`` or in a new one."""
        parent = following.encode() if following else None
        return cls(
            event_id,
            correlation_id or event_id,
            follow(parent),
            parent if names_trace(parent) else None,
        )

    @property
    def trace_id(self) -> str:
        return trace_id_of(self.traceparent)


class UnitOfWork:
    """One transaction and the events that it emits."""

    __slots__ = ("_counts", "_source", "connection", "now", "payloads", "records", "service")

    def __init__(self, service: str, connection: Connection, now: datetime) -> None:
        self.service = service
        self._source = f"/services/{service}"
        self.connection = connection
        self.now = now
        self.records: list[OutgoingRecord] = []
        self.payloads: list[Payload] = []
        self._counts: dict[str, int] = {}

    def emit(
        self,
        payload: Payload,
        *,
        cause: Cause,
        event_id: str | None = None,
        source: str | None = None,
    ) -> str:
        """Add an event to the outbox; returns its id.

        The id is derived from the cause, the event's type and key, and how many of these the cause
        has emitted so far, unless the event comes from outside with an id and a source of its own.
        """
        cause_id = cause.event_id
        if event_id is None:
            name = f"{cause_id}/{payload.type}/{payload.partition_key()}"
            count = self._counts.get(name, 0)
            self._counts[name] = count + 1
            event_id = derived_id(self.service, f"{name}/{count}")
        record = encode(
            payload,
            event_id=event_id,
            source=source or self._source,
            time=self.now,
            correlation_id=cause.correlation_id,
            causation_id=cause_id if cause_id != event_id else None,
            traceparent=cause.traceparent,
        )
        self.records.append(record)
        self.payloads.append(payload)
        return event_id


@dataclass(frozen=True, slots=True)
class Handlers:
    """A service's handlers by event type."""

    by_type: dict[str, Handler] = field(default_factory=dict)
    payloads: dict[str, type[Payload]] = field(default_factory=dict)

    def on(
        self, payload: type[P]
    ) -> Callable[
        [Callable[[Sequence[Received[P]], UnitOfWork], Awaitable[None]]],
        Callable[[Sequence[Received[P]], UnitOfWork], Awaitable[None]],
    ]:
        """Register the function that takes all events of one type of a batch."""

        def register(
            handler: Callable[[Sequence[Received[P]], UnitOfWork], Awaitable[None]],
        ) -> Callable[[Sequence[Received[P]], UnitOfWork], Awaitable[None]]:
            if payload.type in self.by_type:
                raise ValueError(f"{payload.type} has two handlers")
            self.by_type[payload.type] = handler
            self.payloads[payload.type] = payload
            return handler

        return register

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics to subscribe to, without a deployment's prefix."""
        return tuple(sorted({payload.topic for payload in self.payloads.values()}))

    async def run(self, events: Iterable[Received[Any]], work: UnitOfWork) -> None:
        """Call each handler once, with all events of its type, in the order of first arrival."""
        groups: dict[str, list[Received[Any]]] = {}
        for event in events:
            groups.setdefault(event.type, []).append(event)
        for event_type, group in groups.items():
            await self.by_type[event_type](group, work)
