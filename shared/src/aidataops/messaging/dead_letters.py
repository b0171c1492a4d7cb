"""Dead letters: what could not be handled, kept byte for byte, and its way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgpack
from asyncpg.pgproto import pgproto

from aidataops.database.pool import Connection
from aidataops.errors import InvalidError
from aidataops.messaging import erased_names, outbox
from aidataops.messaging.cloudevents import MAXIMUM_VALUE_BYTES, REPLAY_HEADER, OutgoingRecord
from aidataops.messaging.received import Received, Rejected

_ADD = """
INSERT INTO dead_letters (identity, topic, kafka_partition, kafka_offset, key, value, headers,
                          event_id, event_type, trace_id, code, reason)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[],
                     $7::bytea[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
ON CONFLICT (identity) DO UPDATE SET deliveries = dead_letters.deliveries + 1, resolved_at = NULL
RETURNING identity, deliveries
"""
_RESOLVE = "UPDATE dead_letters SET resolved_at = now() WHERE identity = ANY ($1::uuid[])"
_LIST = """
SELECT identity, topic, kafka_partition, kafka_offset, event_id, event_type, trace_id, code,
       reason, deliveries, created_at, replayed_at, resolved_at
FROM dead_letters WHERE resolved_at IS NULL OR $1 ORDER BY created_at DESC, identity LIMIT $2
"""
_SHOW = "SELECT * FROM dead_letters WHERE identity = $1"
_TAKE = """
UPDATE dead_letters SET replayed_at = $2
WHERE identity = ANY ($1::uuid[]) AND resolved_at IS NULL AND code <> 'erased'
RETURNING identity, topic, key, value, headers
"""


async def add(
    connection: Connection, rejected: Sequence[Rejected], *, service: str, prefix: str
) -> list[OutgoingRecord]:
    """Keep rejected records; returns what to publish on ``<topic>.<service>.dlq``.

    The same event rejected again counts as another delivery of one letter and is not published
    again. Leaves no inbox row, so that a replay under the same event id works. Of one that names
    what was erased the bytes are neither kept nor published.
    """
    rejected = await _without_erased(connection, rejected)
    letters = {_identity(one): one for one in rejected}
    ordered = sorted(letters)
    chosen = [letters[identity] for identity in ordered]
    rows = await connection.fetch(
        _ADD,
        ordered,
        [one.record.topic.removeprefix(prefix) for one in chosen],
        [one.record.partition for one in chosen],
        [one.record.offset for one in chosen],
        [one.record.key for one in chosen],
        [one.record.value for one in chosen],
        [msgpack.packb(list(one.record.headers)) for one in chosen],
        [one.event_id for one in chosen],
        [one.event_type for one in chosen],
        [one.trace_id for one in chosen],
        [one.code for one in chosen],
        [_storable(one.reason) for one in chosen],
    )
    fresh = [letters[row["identity"]] for row in rows if row["deliveries"] == 1]
    return [_record(one, service=service, prefix=prefix) for one in fresh]


async def resolve(connection: Connection, events: Sequence[Received[Any]]) -> None:
    """Close the letters that these events replay."""
    identities = [
        UUID(hex=event.replay_of.decode())
        for event in events
        if event.replay_of is not None and _is_hex_identity(event.replay_of)
    ]
    if identities:
        await connection.execute(_RESOLVE, sorted(identities))


async def list_letters(
    connection: Connection, *, resolved: bool = False, limit: int = 100
) -> list[dict[str, Any]]:
    """The newest letters, without their bytes."""
    return [dict(row) for row in await connection.fetch(_LIST, resolved, limit)]


async def show(connection: Connection, identity: UUID) -> dict[str, Any]:
    """One letter with its bytes and headers; raises ``InvalidError`` when there is none."""
    row = await connection.fetchrow(_SHOW, identity)
    if row is None:
        raise InvalidError(f"no dead letter {identity}: `aidataops dlq list` shows them")
    return {**row, "headers": msgpack.unpackb(row["headers"])}


async def replay(connection: Connection, identities: Sequence[UUID], *, now: datetime) -> int:
    """Send letters again to the topic they came from, by way of the outbox; returns how many."""
    async with connection.transaction():
        rows = await connection.fetch(_TAKE, sorted(identities), now)
        records = [
            OutgoingRecord(
                row["topic"],
                row["key"],
                row["value"],
                [
                    *((name, content or b"") for name, content in msgpack.unpackb(row["headers"])),
                    (REPLAY_HEADER, row["identity"].hex.encode()),
                ],
            )
            for row in rows
        ]
        await outbox.add(connection, records, [])
    return len(records)


async def _without_erased(
    connection: Connection, rejected: Sequence[Rejected]
) -> Sequence[Rejected]:
    keys = [json.dumps((one.record.key or b"").decode("utf-8", "replace")) for one in rejected]
    erased = await erased_names.naming_erased(
        connection,
        [key.encode() + (one.record.value or b"") for key, one in zip(keys, rejected, strict=True)],
    )
    return [
        one._replace(
            record=replace(one.record, value=None, headers=()),
            code="erased",
            reason=f"{one.code}; it names what was erased, so that its content is not kept",
            identity=_identity(one).hex,
        )
        if gone
        else one
        for one, gone in zip(rejected, erased, strict=True)
    ]


def _identity(one: Rejected) -> pgproto.UUID:
    """The event's, or for a record that has none its place and its bytes."""
    if one.identity is not None:
        return pgproto.UUID(one.identity)
    record = one.record
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}/".encode()
    content = (record.key or b"") + b"/" + (record.value or b"")
    return pgproto.UUID(blake2b(place + content, digest_size=16).digest())


def _record(one: Rejected, *, service: str, prefix: str) -> OutgoingRecord:
    record = one.record
    value = record.value
    headers = [(str(name), content or b"") for name, content in record.headers]
    size = sum(len(name) + len(content) for name, content in headers)
    if value is not None and len(value) + size + len(record.key or b"") > MAXIMUM_VALUE_BYTES:
        value = None
    if size > MAXIMUM_VALUE_BYTES // 10:
        headers = []
    headers += [
        ("aidataops_code", one.code.encode()),
        ("aidataops_reason", one.reason.encode("utf-8", "replace")[:4000]),
        ("aidataops_place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
    ]
    topic = f"{record.topic.removeprefix(prefix)}.{service}.dlq"
    return OutgoingRecord(topic, record.key, value, headers)


def _storable(text: str) -> str:
    return text.replace("\x00", "\\0").encode("utf-8", "replace").decode()[:4000]


def _is_hex_identity(raw: bytes) -> bool:
    try:
        return len(bytes.fromhex(raw.decode())) == 16
    except ValueError:
        return False
