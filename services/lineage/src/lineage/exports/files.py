"""Records as files on this machine, written as they come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from lineage.exports.shapes import CONVERSATIONS, Record

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["jsonl", "parquet"]


class RecordFile(Protocol):
    """A file that takes records until its context ends."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def write(self, records: Sequence[Record]) -> None:
        """Append records; Parquet makes them a row group."""
        ...


class JsonLines:
    """One JSON object a line, UTF-8."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, records: Sequence[Record]) -> None:
        """Append records."""
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self._file.writelines(f"{encode(record)}\n" for record in records)


class Parquet:
    """Parquet with zstd; the same records by the same release of Arrow are the same bytes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, records: Sequence[Record]) -> None:
        """Append records as one row group."""
        import pyarrow as pa

        if records:
            self._writer.write_table(pa.Table.from_pylist(list(records), self._schema))


def open_file(
    path: Path, format_name: Format, columns: Sequence[str], slices: Sequence[str]
) -> RecordFile:
    """A file of this format; ``columns`` and ``slices`` are what every record has."""
    if format_name == "jsonl":
        return JsonLines(path)
    return Parquet(path, arrow_schema(columns, slices))


def arrow_schema(columns: Sequence[str], slices: Sequence[str]) -> pa.Schema:
    """The schema of a shape's records."""
    import pyarrow as pa

    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    types: dict[str, Any] = {
        column: pa.list_(message) if column in CONVERSATIONS else pa.string() for column in columns
    }
    if slices:
        types["slices"] = pa.struct([(dimension, pa.string()) for dimension in slices])
    return pa.schema(list(types.items()))
