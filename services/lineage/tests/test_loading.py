"""What is exported is what `datasets` loads and what TRL trains on; S3 shows it whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from lineage.domain.provenance import ProvenRow
from lineage.exports.errors import ExportError
from lineage.exports.files import Format, open_file
from lineage.exports.shapes import COLUMNS, Record, Shape, records_of
from lineage.exports.target import Target

MESSAGE = {"role", "content"}
PAIR = {"prompt": "¿Cuánto?", "candidates": {"left": "30\u2028días", "right": '90 "días"\n'}}


def row(value: str, text: str, media_type: str = "text/plain", **slices: str) -> ProvenRow:
    return ProvenRow(
        item_id="i-1", value=value, cohorts=("c",), slices=slices, row_hash="", text=text, uri=None,
        media_type=media_type, content_hash=None, licence=None, sources=(), annotators=(),
        guidelines=(), release_id=None, quality=None, erased=False,
    )  # fmt: skip


def written(path: Path, shape: Shape, format_name: Format, rows: list[ProvenRow]) -> list[Record]:
    slices = ("domain", "language")
    records = [
        record for one in rows for record in records_of(one, shape, keep=frozenset(), slices=slices)
    ]
    columns = (*COLUMNS[shape], "item_id", "licence")
    with open_file(path, format_name, columns, slices) as file:
        file.write(records[:1])
        file.write(records[1:])
    return records


@pytest.mark.parametrize("format_name", ["jsonl", "parquet"])
@pytest.mark.parametrize("shape", list(COLUMNS))
def test_datasets_loads_every_shape_as_it_was_written(
    tmp_path: Path, shape: Shape, format_name: Format
) -> None:
    import datasets

    structured = row("left", json.dumps(PAIR), "application/json", language="es")
    plain = row("90 Tage 🕒", "Wie lange\r\nhabe ich?", domain="returns")
    rows = [structured, structured] if shape == "preference" else [structured, plain]
    file = tmp_path / f"export.{format_name}"
    records = written(file, shape, format_name, rows)
    builder = "json" if format_name == "jsonl" else "parquet"
    loaded: Any = datasets.load_dataset(
        builder, data_files=str(file), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.to_list() == records
    assert set(COLUMNS[shape]) <= set(loaded.column_names)
    for column in {"messages", "prompt", "chosen", "rejected"} & set(loaded.column_names):
        assert all(set(turn) == MESSAGE for turn in loaded[0][column])
    loaded.cleanup_cache_files()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of an S3 server on this machine, which the standard variables lead to."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    import httpx

    httpx.put(f"http://{host}:{port}/exports", trust_env=False).raise_for_status()
    yield "exports"
    server.stop()


def test_s3_shows_a_file_once_it_is_whole(tmp_path: Path, bucket: str) -> None:
    content = bytes(range(256)) * 60_000  # above one part of an upload
    (tmp_path / "file").write_bytes(content)
    target = Target.at(f"s3://{bucket}/a/b")
    assert target.put("x@1.chat.jsonl", tmp_path / "file") == "s3://exports/a/b/x@1.chat.jsonl"
    store = S3Store(bucket)
    assert bytes(obstore.get(store, "a/b/x@1.chat.jsonl").bytes()) == content
    with pytest.raises(ExportError, match="s3://no-such-bucket/x"):
        Target.at("s3://no-such-bucket").put("x", b"1")
