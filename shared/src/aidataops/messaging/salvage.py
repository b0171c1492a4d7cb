"""Record batches that aiokafka cannot parse, read once more and more patiently.

Kafka's batch format 2 (KIP-98): a header, then records of zigzag varints. aiokafka decodes names of
headers strictly and gives nothing of a batch when one is no text; here they are decoded as they
are. Of a batch that cannot be unpacked at all its bytes remain, for the dead letters.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.util import calc_crc32c, decode_varint

UNREADABLE_HEADER = "aidataops_unreadable"
"""Why a batch could not be unpacked; only on the record that stands for such a batch."""

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_END = struct.calcsize(">qi")
_CHECKED_FROM = struct.calcsize(">qiibI")
_CODECS = {0: bytes, 1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
_CONTROL = 0x20
_APPEND_TIME = 0x08


class Salvaged(NamedTuple):
    """The records of one batch, and the offset at which the next one begins."""

    records: list[ConsumerRecord[Any, Any]]
    next_offset: int


def salvage(fetched: bytes, place: TopicPartition, position: int) -> Salvaged:
    """The records from ``position`` on of the first batch that a broker returned.

    When it cannot be unpacked (an unknown codec, a wrong checksum, garbage) one record stands for
    it: its value is the whole batch, its header ``aidataops_unreadable`` says why. Raises
    ``ValueError`` when there is no whole batch.
    """
    if len(fetched) < _HEADER.size:
        raise ValueError(f"{len(fetched)} bytes are no record batch")
    header = _HEADER.unpack_from(fetched)
    batch = fetched[: _LENGTH_END + header[1]]
    if len(batch) < _LENGTH_END + header[1]:
        raise ValueError(f"{len(fetched)} bytes are not the whole batch of {header[1]}")
    next_offset = header[0] + header[6] + 1
    try:
        records = list(_unpack(batch, place))
    except Exception as error:  # noqa: BLE001 - foreign bytes: whatever it is, they are kept
        reason = f"the batch at {place.topic}/{place.partition}/{header[0]} cannot be read: {error}"
        marker = ((UNREADABLE_HEADER, reason.encode()),)
        record = _record(place, max(position, header[0]), header[8], None, batch, marker)
        return Salvaged([record], max(position + 1, next_offset))
    return Salvaged([one for one in records if one.offset >= position], next_offset)


def _unpack(batch: bytes, place: TopicPartition) -> Iterator[ConsumerRecord[Any, Any]]:
    base, _, _, magic, checksum, attributes, last, first_time, maximum_time, *_, count = (
        _HEADER.unpack_from(batch)
    )
    if magic != 2:
        raise ValueError(f"it has format {magic}, not 2")
    if calc_crc32c(batch[_CHECKED_FROM:]) != checksum:
        raise ValueError("its checksum is wrong")
    codec = _CODECS.get(attributes & 0x07)
    if codec is None:
        raise ValueError(f"its codec {attributes & 0x07} is unknown")
    if attributes & _CONTROL:
        return
    cursor = _Cursor(bytearray(codec(batch[_HEADER.size :])))
    for _ in range(count):
        cursor.varint()
        cursor.varint()
        time_delta, offset_delta = cursor.varint(), cursor.varint()
        if not 0 <= offset_delta <= last:
            raise ValueError(
                f"a record's offset is {offset_delta} above the first, not up to {last}"
            )
        key, value = cursor.nullable(), cursor.nullable()
        headers = tuple((cursor.name(), cursor.nullable()) for _ in range(cursor.varint()))
        time = maximum_time if attributes & _APPEND_TIME else first_time + time_delta
        yield _record(place, base + offset_delta, time, key, value, headers)


class _Cursor:
    """A place in the records' bytes."""

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self._position = 0

    def varint(self) -> int:
        value, self._position = decode_varint(self._content, self._position)
        return int(value)

    def nullable(self) -> bytes | None:
        length = self.varint()
        return None if length < 0 else self._take(length)

    def name(self) -> str:
        return self._take(self.varint()).decode("utf-8", "backslashreplace")

    def _take(self, length: int) -> bytes:
        end = self._position + length
        if length < 0 or end > len(self._content):
            raise ValueError(f"a length of {length} leaves the batch")
        taken = bytes(self._content[self._position : end])
        self._position = end
        return taken


def _record(
    place: TopicPartition,
    offset: int,
    time: int,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...],
) -> ConsumerRecord[Any, Any]:
    sizes = [-1 if part is None else len(part) for part in (key, value)]
    return ConsumerRecord(
        place.topic, place.partition, offset, time, 0, key, value, None, *sizes, headers
    )
