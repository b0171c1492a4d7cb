"""A record, read and validated, or the reason why it could not be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from asyncpg.pgproto.pgproto import UUID
from pydantic import ValidationError

from aidataops.errors import AidataopsError, InvalidError
from aidataops.events import PAYLOADS, Payload
from aidataops.messaging.cloudevents import TraceContext, decode, next_span
from aidataops.messaging.salvage import UNREADABLE_HEADER

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

P = TypeVar("P", bound=Payload)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_UNVERSIONED = {name.rpartition(".v")[0] for name in PAYLOADS}


def identity_of(source: str, event_id: str) -> UUID:
    """A 128-bit digest of (source, id), which is what makes a CloudEvent unique.

    The id alone would let one producer suppress another's event by reusing its id.
    """
    return UUID(blake2b(f"{source}\n{event_id}".encode(), digest_size=16).digest())


class Received(Generic[P]):
    """One event as a handler sees it; also the cause of what the handler emits."""

    __slots__ = (
        "context",
        "correlation_id",
        "event_id",
        "identity",
        "payload",
        "record",
        "replay_of",
        "time",
        "type",
    )

    def __init__(
        self,
        payload: P,
        record: ConsumerRecord[Any, Any],
        context: TraceContext,
        event_id: str,
        correlation_id: str,
        identity: UUID,
        event_type: str,
        time: bytes | None,
        replay_of: bytes | None,
    ) -> None:
        self.payload = payload
        self.record = record
        self.context = context
        self.event_id = event_id
        self.correlation_id = correlation_id
        self.identity = identity
        self.type = event_type
        self.time = time
        self.replay_of = replay_of

    @property
    def trace_id(self) -> str:
        return self.context.trace_id

    @property
    def span_id(self) -> str:
        return self.context.span_id

    @property
    def occurred_at(self) -> datetime:
        """When the event says it happened; one without a readable time counts as the oldest.

        The broker's time would differ between two deliveries of one event.
        """
        try:
            time = datetime.fromisoformat((self.time or b"").decode())
        except ValueError:
            return _LONG_AGO
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    @property
    def topic(self) -> str:
        return str(self.record.topic)

    @property
    def partition(self) -> int:
        return int(self.record.partition)

    @property
    def offset(self) -> int:
        return int(self.record.offset)


class Rejected(NamedTuple):
    """A record for the dead letters."""

    record: ConsumerRecord[Any, Any]
    code: str
    reason: str
    event_id: str | None = None
    event_type: str | None = None
    trace_id: str | None = None
    identity: UUID | None = None

    @classmethod
    def after(cls, received: Received[Any], error: BaseException) -> Rejected:
        """An event whose handler failed for good."""
        code = error.code if isinstance(error, AidataopsError) else type(error).__name__
        return cls(
            received.record,
            code,
            str(error) or type(error).__name__,
            received.event_id,
            received.type,
            received.trace_id,
            received.identity,
        )


def read(
    record: ConsumerRecord[Any, Any], wanted: dict[str, type[Payload]]
) -> Received[Any] | Rejected | None:
    """Decode and validate one record; ``None`` when this service has no use for its type.

    A type of the catalogue that nobody here handles, and another major version of a type of the
    catalogue, are ignored; a type that nobody knows is a dead letter, so that a misspelt producer
    or an event from a newer release is not lost.
    """
    try:
        attributes = decode(record.headers, record.value)
    except InvalidError as error:
        return _malformed(record, error)
    model = wanted.get(attributes.type)
    if model is None:
        if attributes.type in PAYLOADS or attributes.type.rpartition(".v")[0] in _UNVERSIONED:
            return None
        return _reject(record, attributes, "unknown_type", f"no event type {attributes.type!r}")
    try:
        payload = model.__pydantic_validator__.validate_json(attributes.data)
    except ValidationError as error:
        return _reject(record, attributes, "schema", describe(error))
    if b"\\u0000" in attributes.data and (path := find_nul(json.loads(attributes.data))):
        return _reject(record, attributes, "schema", f"{path}: holds a NUL character; remove it")
    return Received(
        payload,
        record,
        next_span(attributes.traceparent),
        attributes.event_id,
        attributes.correlation_id,
        identity_of(attributes.source, attributes.event_id),
        attributes.type,
        attributes.time,
        attributes.replay_of,
    )


def _malformed(record: ConsumerRecord[Any, Any], error: InvalidError) -> Rejected:
    unreadable = dict(record.headers).get(UNREADABLE_HEADER)
    reason = unreadable.decode("utf-8", "replace") if unreadable else str(error)
    return Rejected(record, "malformed", reason, trace_id=_trace_of(record))


def _trace_of(record: ConsumerRecord[Any, Any]) -> str | None:
    """The trace of a record of which nothing else can be read; ``None`` when it names none."""
    context = next_span(dict(record.headers).get("traceparent"))
    return None if context.parent_span_id is None else context.trace_id


def _reject(record: ConsumerRecord[Any, Any], attributes: Any, code: str, reason: str) -> Rejected:
    return Rejected(
        record,
        code,
        reason,
        attributes.event_id,
        attributes.type,
        next_span(attributes.traceparent).trace_id,
        identity_of(attributes.source, attributes.event_id),
    )


def describe(error: ValidationError) -> str:
    """A validation error as ``field: what is wrong``, one part per field, without the input."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    parts = [
        f"{'.'.join(str(step) for step in problem['loc']) or 'value'}: {problem['msg']}"
        for problem in problems[:10]
    ]
    if len(problems) > len(parts):
        parts.append(f"and {len(problems) - len(parts)} more")
    return "; ".join(parts)


def find_nul(value: object, path: str = "") -> str | None:
    """The path of the first string with a NUL character, which Postgres refuses; or ``None``."""
    if isinstance(value, str):
        return (path or "value") if "\x00" in value else None
    children: Sequence[tuple[object, object]] = ()
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for name, child in children:
        if isinstance(name, str) and "\x00" in name:
            return f"{path}.<name>".lstrip(".")
        if found := find_nul(child, f"{path}.{name}".lstrip(".")):
            return found
    return None
