"""Batches that aiokafka gives up on: read patiently, or kept as they are."""

from __future__ import annotations

import struct

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from aidataops.messaging.received import Rejected, read
from aidataops.messaging.salvage import UNREADABLE_HEADER, salvage

PLACE = TopicPartition("annotation.labels", 3)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


class NotText(str):
    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


def batch(codec: int = 0, *, records: int = 5, name: str = "name") -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1_000_000)
    for number in range(records):
        headers: list[tuple[str, bytes | None]] = [(name, b"x"), ("null", None)]
        builder.append(number, 1000 + number, None, b"v" * 50 + str(number).encode(), headers)
    return bytes(builder.build())


def resealed(content: bytes) -> bytes:
    """With the checksum that belongs to it."""
    return content[:17] + struct.pack(">I", calc_crc32c(content[21:])) + content[21:]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_reads_what_aiokafka_reads(codec: int) -> None:
    content = batch(codec)
    expected = MemoryRecords(content).next_batch()
    assert expected is not None
    salvaged = salvage(content + b"the next batch, cut", PLACE, 2)
    assert salvaged.next_offset == 5
    assert [
        (one.offset, one.timestamp, one.key, one.value, list(one.headers))
        for one in salvaged.records
    ] == [
        (one.offset, one.timestamp, one.key, one.value, one.headers)
        for one in expected
        if one.offset >= 2
    ]


def test_header_name_that_is_no_text_is_spelt_out() -> None:
    content = batch(name=NotText("name"))
    unreadable = MemoryRecords(content).next_batch()
    assert unreadable is not None
    with pytest.raises(UnicodeDecodeError):
        list(unreadable)
    first = salvage(content, PLACE, 0).records[0]
    assert first.headers == (("\\xff\\xfe", b"x"), ("null", None))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (resealed(batch()[:22] + b"\x07" + batch()[23:]), "codec 7 is unknown"),
        (batch()[:-1] + b"!", "checksum is wrong"),
        (resealed(batch(1)[:70] + b"\xff" * 8 + batch(1)[78:]), "decompress"),
        (resealed(batch()[:65] + b"\x7f" + batch()[66:]), "offset is -64"),
        (batch()[:16] + b"\x01" + batch()[17:], "format 1"),
    ],
    ids=["codec", "checksum", "garbage", "offset", "format"],
)
def test_batch_that_cannot_be_unpacked_becomes_one_letter(content: bytes, reason: str) -> None:
    (record,), next_offset = salvage(content, PLACE, 1)
    assert (record.offset, record.value, next_offset) == (1, content, 5)
    letter = read(record, {})
    assert isinstance(letter, Rejected)
    assert letter.code == "malformed"
    assert "the batch at annotation.labels/3/0 cannot be read" in letter.reason
    assert reason in letter.reason


@pytest.mark.parametrize("size", [0, 10, 60, 61, 100])
def test_half_a_batch_is_asked_for_again(size: int) -> None:
    with pytest.raises(ValueError, match="batch"):
        salvage(batch()[:size], PLACE, 0)


@given(
    codec=st.sampled_from(sorted(CODECS.values())),
    place=st.integers(min_value=61, max_value=400),
    content=st.binary(min_size=1, max_size=8),
    honest=st.booleans(),
)
def test_whatever_the_bytes_nothing_is_lost(
    codec: int, place: int, content: bytes, honest: bool
) -> None:
    """Records, or the whole batch: and the next offset is behind it either way."""
    whole = batch(codec)
    spoilt = (whole[:place] + content + whole[place + len(content) :])[: len(whole)]
    spoilt = resealed(spoilt) if honest else spoilt
    salvaged = salvage(spoilt, PLACE, 0)
    assert salvaged.next_offset == 5
    names = {name for one in salvaged.records for name, _ in one.headers}
    if UNREADABLE_HEADER in names:
        assert [one.value for one in salvaged.records] == [spoilt]
    else:
        assert len(salvaged.records) == 5
        assert all(0 <= one.offset < 5 for one in salvaged.records)
        assert honest or spoilt == whole
