"""Rows of JSON Lines, CSV and Parquet files, one at a time: a file may be larger than memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidataops.imports.errors import ImportFileError

PAGE = 1000
"""Rows of a Parquet file that are in memory at once."""

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its place in the file (from 1); without ``values`` it has a ``problem``.

    ``part`` is how much of the file lies before the next row, from 0 to 1.
    """

    number: int
    values: dict[str, Any] | None
    part: float
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file whose suffix says what it is; a row that cannot be read says why.

    Raises `ImportFileError` when the file as a whole cannot be read.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(FORMATS)
        raise ImportFileError(f"{path}: what is {path.suffix or 'no suffix'}? Name it {known}")
    try:
        if kind == "parquet":
            yield from _read_parquet(path)
        else:
            with path.open("rb") as file:
                size = max(1, path.stat().st_size)
                yield from (_read_jsonl if kind == "jsonl" else _read_csv)(file, size)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImportFileError(f"{path}: cannot be read: {error}") from error


def _read_jsonl(file: io.BufferedReader, size: int) -> Iterator[Row]:
    position = 0
    for number, line in enumerate(file, 1):
        position += len(line)
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            yield Row(number, None, position / size, f"is no JSON: {error}")
            continue
        if isinstance(values, dict):
            yield Row(number, values, position / size)
        else:
            yield Row(number, None, position / size, "is no JSON object: write {…} on each line")


def _read_csv(file: io.BufferedReader, size: int) -> Iterator[Row]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.DictReader(text, strict=True)
    for number, values in enumerate(reader, 1):
        part = min(1.0, file.tell() / size)
        if None in values or None in values.values():
            names = len(reader.fieldnames or ())
            yield Row(number, None, part, f"has not {names} columns, as the first line has")
        else:
            yield Row(number, {name: value for name, value in values.items() if value}, part)


def _read_parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise ImportFileError(
            f"{path}: Parquet needs pyarrow: pip install 'aidataops[parquet]'"
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            total, number = max(1, file.metadata.num_rows), 0
            for batch in file.iter_batches(batch_size=PAGE):
                for values in batch.to_pylist():
                    number += 1
                    filled = {name: value for name, value in values.items() if value is not None}
                    yield Row(number, filled, number / total)
    except arrow.ArrowException as error:
        raise ImportFileError(f"{path}: is no Parquet file: {error}") from error
