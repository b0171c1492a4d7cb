"""A record, read and validated, or the reason why it could not be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from aidataops.errors import AidataopsError, InvalidError
from aidataops.events import PAYLOADS, Payload
from aidataops.messaging.cloudevents import Attributes, decode
from aidataops.messaging.salvage import UNREADABLE_HEADER
from aidataops.messaging.traceparent import follow, hand_on, names_trace, trace_id_of

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

P = TypeVar("P", bound=Payload)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_UNVERSIONED = {name.rpartition(".v")[0] for name in PAYLOADS}


def identity_of(source: str, event_id: str) -> str:
    """A 128-bit digest of (source, id), which is what makes a CloudEvent unique; in hexadecimal.

    The id alone would let one producer suppress another's event by reusing its id.
    """
    return blake2b(f"{source}\n{event_id}".encode(), digest_size=16).hexdigest()


class Received(Generic[P]):
    """One event as a handler sees it; also the cause of what the handler emits."""

    __slots__ = ("attributes", "payload", "record", "traceparent")

    def __init__(
        self,
        payload: P,
        record: ConsumerRecord[Any, Any],
        attributes: Attributes,
        traceparent: bytes,
    ) -> None:
        self.payload = payload
        self.record = record
        self.traceparent = traceparent
        self.attributes = attributes

    @property
    def event_id(self) -> str:
        return self.attributes.event_id

    @property
    def correlation_id(self) -> str:
        return self.attributes.correlation_id

    @property
    def type(self) -> str:
        return self.attributes.type

    @property
    def time(self) -> bytes | None:
        """The producer's ``ce_time`` as it came; see ``occurred_at``."""
        return self.attributes.time

    @property
    def identity(self) -> str:
        """See ``identity_of``."""
        return identity_of(self.attributes.source, self.attributes.event_id)

    @property
    def trace_id(self) -> str:
        return trace_id_of(self.traceparent)

    @property
    def replay_of(self) -> bytes | None:
        return self.attributes.replay_of

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
    identity: str | None = None

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
    record: ConsumerRecord[Any, Any], wanted: dict[str, type[Payload]], *, traced: bool = True
) -> Received[Any] | Rejected | None:
    """Decode and validate one record; ``None`` when this service has no use for its type.

    A type of the catalogue that nobody here handles, and another major version of a type of the
    catalogue, are ignored; a type that nobody knows is a dead letter, so that a misspelt producer
    or an event from a newer release is not lost. ``traced``: it gets a span of its own.
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
    value = attributes.data
    try:
        payload = model.__pydantic_validator__.validate_json(value)
    except ValidationError as error:
        return _reject(record, attributes, "schema", describe(error))
    if b"\\" in value and b"\\u0000" in value and (path := find_nul(json.loads(value))):
        return _reject(record, attributes, "schema", f"{path}: holds a NUL character; remove it")
    trace = follow if traced else hand_on
    return Received(payload, record, attributes, trace(attributes.traceparent))


def _malformed(record: ConsumerRecord[Any, Any], error: InvalidError) -> Rejected:
    unreadable = dict(record.headers).get(UNREADABLE_HEADER)
    reason = unreadable.decode("utf-8", "replace") if unreadable else str(error)
    return Rejected(record, "malformed", reason, trace_id=_trace_of(record))


def _trace_of(record: ConsumerRecord[Any, Any]) -> str | None:
    """The trace of a record of which nothing else can be read; ``None`` when it names none."""
    header = dict(record.headers).get("traceparent")
    return trace_id_of(header) if header is not None and names_trace(header) else None


def _reject(
    record: ConsumerRecord[Any, Any], attributes: Attributes, code: str, reason: str
) -> Rejected:
    return Rejected(
        record,
        code,
        reason,
        attributes.event_id,
        attributes.type,
        trace_id_of(hand_on(attributes.traceparent)),
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
