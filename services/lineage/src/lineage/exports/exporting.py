"""An export from beginning to end: rows in, a file and its manifest at the target."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from aidataops.database import Connection, Queries
from lineage.domain.provenance import VersionSummary
from lineage.exports.errors import ExportError, UnfitError
from lineage.exports.files import Format, RecordFile, open_file
from lineage.exports.manifest import Manifest, file_name, manifest_name
from lineage.exports.shapes import COLUMNS, Record, Shape, records_of
from lineage.exports.target import Target
from lineage.store import VersionReader

_QUERIES = Queries.load("lineage.exports")
GROUP = 5000
"""Rows that are held at a time, and in a row group of Parquet."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported, and how. ``keep`` are the labels to keep; none means all."""

    version_id: str
    shape: Shape
    format: Format
    keep: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


async def export(
    connection: Connection,
    order: Order,
    target: Target,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Manifest:
    """Write a version to the target; ``progress`` hears how many of its rows are done.

    The file is finished and checksummed on this machine's disk before a byte of it goes to the
    target, and the manifest goes last: who finds the manifest finds the whole export. Raises
    ``ExportError`` when there is no such version, or when no row fits the shape.
    """
    summary = await VersionReader(connection).summary(order.version_id)
    if summary is None:
        raise ExportError(f"{order.version_id} is not published: `aidataops dataset list`")
    slices = tuple(
        record["dimension"]
        for record in await connection.fetch(_QUERIES["slice_dimensions"], order.version_id)
    )
    columns = (*COLUMNS[order.shape], "item_id", "licence")
    with TemporaryDirectory(prefix="aidataops-export-") as directory:
        path = Path(directory) / "file"
        with open_file(path, order.format, columns, slices) as file:
            tally = await _write(connection, order, summary, slices, file, progress)
        if not tally.rows and summary.items:
            raise ExportError(_nothing(order, tally.left_out))
        manifest = _manifest(order, summary, columns, slices, tally, path)
        await asyncio.to_thread(target.put, manifest.file, path)
    await asyncio.to_thread(target.put, manifest_name(manifest.file), manifest.to_json().encode())
    return manifest


async def _write(
    connection: Connection,
    order: Order,
    summary: VersionSummary,
    slices: tuple[str, ...],
    file: RecordFile,
    progress: Callable[[int, int], None],
) -> _Tally:
    tally, held, done = _Tally(), list[Record](), 0
    async for row in VersionReader(connection).rows(order.version_id, page=GROUP):
        try:
            held += records_of(row, order.shape, keep=order.keep, slices=slices)
        except UnfitError as unfit:
            tally.left_out[str(unfit)] += 1
        done += 1
        if len(held) >= GROUP:
            tally.rows += len(held)
            file.write(held)
            held.clear()
        if done % GROUP == 0 or done == summary.items:
            progress(done, summary.items)
    tally.rows += len(held)
    file.write(held)
    return tally


def _manifest(
    order: Order,
    summary: VersionSummary,
    columns: tuple[str, ...],
    slices: tuple[str, ...],
    tally: _Tally,
    path: Path,
) -> Manifest:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Manifest(
        version_id=summary.version_id,
        hash=summary.hash,
        items=summary.items,
        file=file_name(summary.version_id, order.shape, order.format),
        format=order.format,
        shape=order.shape,
        keep=tuple(sorted(order.keep)),
        columns=columns,
        slices=slices,
        rows=tally.rows,
        left_out=dict(sorted(tally.left_out.items())),
        bytes=path.stat().st_size,
        sha256=digest,
    )


def _nothing(order: Order, left_out: Counter[str]) -> str:
    reasons = "; ".join(f"{count} × {reason}" for reason, count in left_out.most_common())
    return f"no row of {order.version_id} fits the shape {order.shape}: {reasons}"
