"""JSON read row by row: the same as read whole, wherever the reads end, and little of it held."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidataops.harnesses import HarnessFileError, json_stream
from aidataops.harnesses.json_stream import read_rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


class Drip(io.BytesIO):
    """Gives as few bytes at a time as it was made for."""

    size = 1

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size)


def rebuilt(content: bytes, size: int) -> dict[str, Any]:
    opened = Drip(content)
    opened.size = size
    found: dict[str, Any] = {}
    for steps, value in read_rows(Path("a.json"), opened, [("a", "rows"), ("rows",)]):
        place = found
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        if steps in {("a", "rows"), ("rows",)} and isinstance(value, list | dict | str | int):
            place.setdefault(steps[-1], []).append(value)
        else:
            place[steps[-1]] = value
    return found


@given(rows=st.lists(st.integers() | st.text(), min_size=1), other=VALUES, size=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_rows_and_members_are_what_a_whole_read_gives(
    rows: list[object], other: object, size: int
) -> None:
    document = {"other": other, "a": {"x": other, "rows": rows}, "rows": rows, "last": -12.5e3}
    for text in (json.dumps(document), json.dumps(document, indent=2, ensure_ascii=True)):
        assert rebuilt(text.encode(), size) == document


def test_not_a_number_is_read_as_harnesses_write_it() -> None:
    rows = list(read_rows(Path("a"), io.BytesIO(b'{"rows": [NaN, -Infinity]}'), [("rows",)]))
    assert [str(value) for _, value in rows] == ["nan", "-inf"]


@pytest.mark.parametrize(
    "text",
    ['{"rows": [1', '{"rows": [1 2]}', '{"rows": [1,]}', "{1: 2}", '{"a" 1}', '{"a": 1} x', "[]",
     '{"a": tru}', '{"a": "x', "", '{"a": 1', '{"a": {"rows": [1]'],
)  # fmt: skip
def test_broken_text_is_named_with_its_place(text: str) -> None:
    with pytest.raises(HarnessFileError, match=r"a\.json: is no JSON from character \d+ on"):
        list(read_rows(Path("a.json"), io.BytesIO(text.encode()), [("rows",), ("a", "rows")]))


def test_broken_row_is_found_where_it_is_and_not_at_the_end_of_a_large_file() -> None:
    text = b'{"rows": [{"a": 1 "b": 2},' + b'"' + b"x" * 50_000_000 + b'"]}'
    opened = io.BytesIO(text)
    with pytest.raises(HarnessFileError):
        list(read_rows(Path("a.json"), opened, [("rows",)]))
    assert opened.tell() < 1_000_000


def test_large_file_is_never_held_whole() -> None:
    row = json.dumps({"text": "x" * 1000})
    content = b'{"rows": [' + b",".join([row.encode()] * 30_000) + b"]}"
    opened = io.BytesIO(content)
    tracemalloc.start()
    count = sum(1 for _ in read_rows(Path("a.json"), opened, [("rows",)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 2_000_000 < len(content)


def test_value_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_LARGEST", 200_000)
    with pytest.raises(HarnessFileError):
        list(read_rows(Path("a"), io.BytesIO(b'{"rows": ["' + b"x" * 10_000_000), [("rows",)]))
