"""A file of evaluation texts as what is protected from now on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aidataops.events.sourcing import BenchmarkProtected
from aidataops.imports.errors import ImportFileError
from aidataops.imports.rows import Row

MAXIMUM_TEXTS = 1000
MAXIMUM_CHARACTERS = 200_000
"""Of one event, which has to fit into a record in any script."""


def read_benchmark(
    rows: Iterable[Row], *, benchmark_id: str, name: str, version: str | None, text_field: str
) -> list[BenchmarkProtected]:
    """The chunks of a benchmark; raises `ImportFileError` for a row without a text."""
    texts = []
    for row in rows:
        text = None if row.values is None else row.values.get(text_field)
        if not isinstance(text, str):
            columns = ", ".join(row.values or ())
            why = row.problem or f"{text_field}: no text; the columns are {columns}: --text-field"
            raise ImportFileError(f"row {row.number}: {why}")
        texts.append(text)
    if not texts:
        raise ImportFileError("the file has no rows: nothing would be protected")
    chunks = list(_chunks(texts))
    return [
        BenchmarkProtected(
            benchmark_id=benchmark_id,
            name=name,
            version=version,
            chunk=number,
            chunks=len(chunks),
            texts=tuple(chunk),
        )
        for number, chunk in enumerate(chunks)
    ]


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        if chunk and (len(chunk) == MAXIMUM_TEXTS or size + len(text) > MAXIMUM_CHARACTERS):
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    yield chunk
