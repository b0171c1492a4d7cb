"""The outbox: records that are committed but perhaps not yet on Kafka.

One row holds all records of one transaction. The process that wrote it publishes it right after
commit and deletes it in its next transaction; the relay is for what a crash left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import cramjam
import msgpack

from aidataops.database.pool import Connection
from aidataops.messaging.cloudevents import OutgoingRecord

_ADD = """
WITH published AS (DELETE FROM outbox WHERE id = ANY ($3::bigint[]))
INSERT INTO outbox (records, record_count) VALUES ($1, $2) RETURNING id
"""
_DELETE = "DELETE FROM outbox WHERE id = ANY ($1::bigint[])"
_LEFT_BEHIND = """
SELECT id, records FROM outbox
WHERE created_at < $1 AND NOT id = ANY ($2::bigint[]) ORDER BY id LIMIT 20
"""
_BACKLOG = """
SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age
FROM outbox
"""


def pack(records: Sequence[OutgoingRecord]) -> bytes:
    """Records as one MessagePack document, compressed.

    Headers repeat from record to record: LZ4 takes a quarter of the bytes through the socket, the
    write-ahead log and TOAST, for a microsecond a record.
    """
    return bytes(cramjam.lz4.compress_block(msgpack.packb(records)))


def unpack(document: bytes) -> list[OutgoingRecord]:
    """The records of a row."""
    return [
        OutgoingRecord(topic, key, value, [(name, content) for name, content in headers])
        for topic, key, value, headers in msgpack.unpackb(
            bytes(cramjam.lz4.decompress_block(document))
        )
    ]


async def add(
    connection: Connection, records: Sequence[OutgoingRecord], published: Sequence[int]
) -> int | None:
    """Keep ``records`` until they are published; in the same breath drop the rows that are."""
    if records:
        row = await connection.fetchval(_ADD, pack(records), len(records), published)
        return int(row)
    if published:
        await delete(connection, published)
    return None


async def delete(connection: Connection, published: Sequence[int]) -> None:
    """Drop rows whose records are on Kafka."""
    await connection.execute(_DELETE, published)


async def moment_before(connection: Connection, age: timedelta) -> datetime:
    """So long ago by the database's clock, which is the one that dates the rows."""
    moment: datetime = await connection.fetchval("SELECT clock_timestamp() - $1::interval", age)
    return moment


async def left_behind(
    connection: Connection, *, before: datetime, known: Sequence[int]
) -> list[tuple[int, list[OutgoingRecord]]]:
    """The oldest rows written before a time and not in this process's own hands, lowest id first.

    Always from the lowest: a transaction that commits late has a low id.
    """
    rows = await connection.fetch(_LEFT_BEHIND, before, known)
    return [(row["id"], unpack(row["records"])) for row in rows]


async def backlog(connection: Connection) -> tuple[int, float]:
    """How many rows wait, and the age of the oldest in seconds."""
    row = await connection.fetchrow(_BACKLOG)
    return int(row["rows"]), float(row["age"])
