"""The CloudEvents 1.0 binding to Kafka: binary mode out, binary and structured mode in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from typing import NamedTuple, Protocol

from aidataops.errors import InvalidError
from aidataops.events import Payload

MAXIMUM_VALUE_BYTES = 1_000_000
"""What a broker with default settings takes, less room for the headers."""

CONTENT_TYPE = b"application/json"
STRUCTURED = b"application/cloudevents+json"
REPLAY_HEADER = "aidataops_replay"
"""Marks a replayed dead letter; holds its identity in hex."""


class OutgoingRecord(NamedTuple):
    """A record on its way to Kafka; the topic is without a deployment's prefix."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Cause(Protocol):
    """What an event is emitted because of: a received event, or something from outside."""

    @property
    def event_id(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def traceparent(self) -> bytes: ...


@lru_cache(maxsize=64)
def _namespace(service: str) -> bytes:
    return sha1(f"aidataops/{service}".encode(), usedforsecurity=False).digest()[:16]


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def derived_id(service: str, name: str) -> str:
    """A UUIDv5 from the cause: the same effect of the same cause has the same id at every retry.

    ``name`` begins with the id of the cause.
    """
    text = sha1(_namespace(service) + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def encode(
    payload: Payload,
    *,
    event_id: str,
    source: str,
    time: datetime,
    correlation_id: str | None = None,
    causation_id: str | None = None,
    traceparent: bytes | None = None,
) -> OutgoingRecord:
    """A payload as a record in binary mode.

    Raises ``InvalidError`` when the value is larger than any broker with default settings takes.
    """
    value = payload.__pydantic_serializer__.to_json(payload, exclude_none=True)
    if len(value) > MAXIMUM_VALUE_BYTES:
        raise InvalidError(
            f"{payload.type} of {len(value)} bytes is larger than the {MAXIMUM_VALUE_BYTES} that "
            "fit into one record; split it",
            event_id=event_id,
        )
    key = payload.partition_key().encode()
    identity = event_id.encode()
    headers = [
        *_fixed_headers(type(payload), source, time),
        ("ce_id", identity),
        ("ce_subject", key),
        ("ce_correlationid", correlation_id.encode() if correlation_id else identity),
    ]
    if causation_id is not None:
        headers.append(("ce_causationid", causation_id.encode()))
    if traceparent is not None:
        headers.append(("traceparent", traceparent))
    return OutgoingRecord(payload.topic, key, value, headers)


@lru_cache(maxsize=1024)
def _fixed_headers(
    payload: type[Payload], source: str, time: datetime
) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", payload.type.encode()),
        ("ce_source", source.encode()),
        ("ce_dataschema", f"urn:aidataops:schema:{payload.type}".encode()),
        ("content-type", CONTENT_TYPE),
        ("ce_time", time.astimezone(UTC).isoformat().encode()),
    )


class Attributes(NamedTuple):
    """A record's CloudEvents attributes and its data."""

    event_id: str
    source: str
    type: str
    time: bytes | None
    correlation_id: str
    traceparent: bytes | None
    replay_of: bytes | None
    data: bytes


def decode(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> Attributes:
    """Read a foreign record's attributes; trusts nothing.

    Raises ``InvalidError`` naming the header and the remedy. Headers that are not needed may hold
    anything: null, or bytes that are no text.
    """
    if value is None:
        raise InvalidError("the record is a tombstone (null value): send the event as JSON")
    if len(value) > MAXIMUM_VALUE_BYTES:
        raise InvalidError(
            f"the value has {len(value)} bytes, at most {MAXIMUM_VALUE_BYTES} are taken: split it"
        )
    found = dict(headers)
    if (found.get("content-type") or b"").startswith(STRUCTURED):
        return _decode_structured(found, value)
    event_id = _text(found, "ce_id")
    correlation = found.get("ce_correlationid")
    return Attributes(
        event_id,
        _repeated(found.get("ce_source")) or _text(found, "ce_source"),
        _repeated(found.get("ce_type")) or _text(found, "ce_type"),
        found.get("ce_time"),
        event_id if correlation is None else _text(found, "ce_correlationid"),
        found.get("traceparent"),
        found.get(REPLAY_HEADER),
        value,
    )


@lru_cache(maxsize=1024)
def _repeated(raw: bytes | None) -> str | None:
    """A header that is the same on many records, decoded once; ``None`` when it is not valid."""
    try:
        return _text({"": raw}, "")
    except InvalidError:
        return None


def _text(headers: Mapping[str, bytes | None], name: str) -> str:
    raw = headers.get(name)
    if not raw:
        raise InvalidError(f"header {name} is missing or null: every event needs it")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"header {name} is not UTF-8: {raw[:40]!r}") from error
    if "\x00" in text or len(text) > 1024:
        raise InvalidError(f"header {name} holds a NUL character or more than 1024 characters")
    return text


def _decode_structured(headers: Mapping[str, bytes | None], value: bytes) -> Attributes:
    try:
        envelope = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"the structured CloudEvent is no JSON: {error}") from error
    if not isinstance(envelope, dict) or "data" not in envelope:
        raise InvalidError("the structured CloudEvent has no object 'data'")
    encoded: dict[str, bytes | None] = {
        f"ce_{name}": str(content).encode("utf-8", "replace")
        for name, content in envelope.items()
        if name != "data"
    }
    trace = encoded.get("ce_traceparent") or headers.get("traceparent")
    event_id = _text(encoded, "ce_id")
    correlation = encoded.get("ce_correlationid")
    return Attributes(
        event_id,
        _text(encoded, "ce_source"),
        _text(encoded, "ce_type"),
        encoded.get("ce_time"),
        event_id if correlation is None else correlation.decode(),
        trace,
        headers.get(REPLAY_HEADER),
        json.dumps(envelope["data"], ensure_ascii=True).encode(),
    )
